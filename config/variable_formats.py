"""How environment variables must be written.

Each check returns what is wrong with a value, or None. No message repeats the value, which may be a secret.
"""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from connect.secret_keys.keyring import read_keys

Check = Callable[[str], str | None]
"""Returns what is wrong with a value; None if nothing is."""


def whole_number(text: str) -> str | None:
    return None if re.fullmatch(r"[0-9]{1,10}", text, re.ASCII) else "must be a whole number"


def flag(text: str) -> str | None:
    known = ("true", "false", "on", "off", "yes", "no", "1", "0", "y", "n", "ok", "t", "f")
    return None if text.lower() in known else "must be true or false"


def rate(text: str) -> str | None:
    return None if re.fullmatch(r"[1-9][0-9]*/[1-9][0-9]*", text, re.ASCII) else "must be calls/seconds, such as 600/60"


def address(*schemes: str) -> Check:
    def check(text: str) -> str | None:
        try:
            parts = urlsplit(text)
            _ = "," in parts.netloc or parts.port  # several hosts have a port each
        except ValueError:
            return "is no address"
        return (
            None if parts.scheme in schemes else f"must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}"
        )

    return check


def one_of(*choices: str) -> Check:
    return lambda text: None if text in choices else f"must be one of {', '.join(choices)}"


def written_as(pattern: str, example: str) -> Check:
    return lambda text: None if re.fullmatch(pattern, text, re.ASCII) else f"must be written like {example}"


def origins(text: str) -> str | None:
    plain = all(re.fullmatch(r"https?://[^/\s]+", origin.strip()) for origin in text.split(",") if origin.strip())
    return None if plain else "must be addresses such as https://connect.example.com, without a path"


def hosts(text: str) -> str | None:
    plain = all(re.fullmatch(r"[^/\s:]+|\[[0-9a-fA-F:]+\]", host.strip()) for host in text.split(",") if host.strip())
    return None if plain else "must be names of hosts, without https:// and without a port"


def mail_address(text: str) -> str | None:
    return None if re.search(r"[^@\s]@[^@\s]", text) else "must be an e-mail address"


def keys_of(name: str) -> Check:
    return read_by(name, lambda text: read_keys(name, text))


def read_by(name: str, reader: Callable[[str], object]) -> Check:
    """Check by trying to read the value: the message is the reader's own, without the variable's name before it."""

    def check(text: str) -> str | None:
        try:
            reader(text)
        except ImproperlyConfigured as error:
            return str(error).removeprefix(name).removeprefix(":").strip()
        return None

    return check
