"""What several judges have in common: the jobs that are refused, and how a token answer is read."""

from typing import Any

REFUSALS = ("dead token", "missing scope", "limited", "outage", "gone")
"""Jobs that are to read a profile, and are refused."""
LIFE_STEP = 100
"""Lives are compared in steps of so many seconds: a second passes between an answer and its reading."""


def read_grant(token: dict[str, Any], *, separator: str = " ") -> dict[str, Any]:
    """The values of a token answer as an SDK gives it; what it leaves out is left out here."""
    scope = token.get("scope")
    listed = scope if isinstance(scope, list | tuple) else str(scope or "").split(separator)
    found = {"access_token": bool(token.get("access_token")), "scopes": sorted(filter(None, listed)) or None}
    found |= {"expires_in": about(token.get("expires_in")), "refresh_token": bool(token.get("refresh_token"))}
    return {name: value for name, value in found.items() if value is not None}


def about(seconds: Any) -> int | None:
    return None if seconds is None else round(float(seconds) / LIFE_STEP) * LIFE_STEP
