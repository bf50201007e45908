"""Removes secrets from paths before they are logged. Celery's processes import this before Django is set up."""

import re

SECRET_PATH = re.compile(r"^(/connect/)(?!callback/)[^/]+")


def path_without_secrets(path: str) -> str:
    """Replace the secret of a connect link by `…`: whoever has it may use the link."""
    return SECRET_PATH.sub(r"\1…", path)
