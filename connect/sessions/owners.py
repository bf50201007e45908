"""Finds the user of a session, also before the sign-in is complete: allauth stores their e-mail for its next step."""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.utils.http import base36_to_int

CODES = ("account_password_reset_verification", "account_email_verification_code")
LOGIN = "account_login"
"""allauth's keys, written out because `connect` does not import allauth."""


def owner_of(data: dict[str, Any]) -> int | None:
    """The id of the user who is signed in, to whom a code was mailed, or whose sign-in is not complete."""
    if SESSION_KEY in data:
        return int(data[SESSION_KEY])
    for state in (data[name] for name in CODES if data.get(name)):
        if state.get("user_id"):
            return int(state["user_id"])
    login = data.get(LOGIN) or {}
    return base36_to_int(login["user_pk"]) if login.get("user_pk") else None
