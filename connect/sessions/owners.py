"""Whose a session is, also if it signs nobody in: what allauth keeps there for its next step holds their e-mail."""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.utils.http import base36_to_int

CODES = ("account_password_reset_verification", "account_email_verification_code")
LOGIN = "account_login"
"""allauth's names: this package does without it."""


def owner_of(data: dict[str, Any]) -> int | None:
    """The id of whom the session signs in, else of whom a code was mailed to or who has not signed in to the end."""
    if SESSION_KEY in data:
        return int(data[SESSION_KEY])
    for state in (data[name] for name in CODES if data.get(name)):
        if state.get("user_id"):
            return int(state["user_id"])
    login = data.get(LOGIN) or {}
    return base36_to_int(login["user_pk"]) if login.get("user_pk") else None
