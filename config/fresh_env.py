"""Prints `.env.example` with new secrets: `python3 config/fresh_env.py > .env`. Needs nothing but Python."""

import base64
import re
import secrets
from pathlib import Path

EXAMPLE = Path(__file__).parent.parent / ".env.example"


def fresh(example: str) -> str:
    """Replace the secrets, and comment the providers' keys out: a network is closed until its keys are filled in."""
    text = re.sub(r"^SECRET_KEY=.*$", f"SECRET_KEY={secrets.token_urlsafe(48)}", example, flags=re.MULTILINE)
    text = re.sub(
        r"^(CONNECT_\w+_KEYS)=(\w+):.*$", lambda match: f"{match[1]}={match[2]}:{_key()}", text, flags=re.MULTILINE
    )
    return re.sub(r"^(\w+=replace)$", r"# \1", text, flags=re.MULTILINE)


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


if __name__ == "__main__":
    print(fresh(EXAMPLE.read_text()), end="")
