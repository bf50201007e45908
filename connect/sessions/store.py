"""What settings call the session engine."""

from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import OperationalError
from django.utils.crypto import constant_time_compare

from connect.sessions.owners import owner_of


class SessionStore(DatabaseStore):
    """The class must be called so: what Django signs a session with is made of the name."""

    @classmethod
    def get_model_class(cls) -> Any:
        # Late: the store and its model name each other, as Django's own do.
        from connect.sessions.models import Session

        return Session

    def decode(self, session_data: Any) -> dict[str, Any]:
        """As Django's, but what a SECRET_KEY of before says of the password is said by today's.

        Django would do that itself, and give the session another name: apps' tokens would be worth nothing.
        """
        data = super().decode(session_data)
        return _said_today(data) if settings.SECRET_KEY_FALLBACKS and HASH_SESSION_KEY in data else data

    def save(self, must_create: bool = False) -> None:
        """As Django's, which takes a session for deleted when the database is away: that is told as it is here."""
        try:
            super().save(must_create)
        except UpdateError as error:
            if isinstance(error.__context__, OperationalError):
                raise error.__context__ from None
            raise

    def create_model_instance(self, data: Any) -> Any:
        row: Any = super().create_model_instance(data)
        row.user_id = owner_of(data)
        return row


def _said_today(data: dict[str, Any]) -> dict[str, Any]:
    user: Any = get_user_model()._default_manager.filter(pk=data[SESSION_KEY]).first()
    before = user.get_session_auth_fallback_hash() if user else ()
    if any(constant_time_compare(data[HASH_SESSION_KEY], known) for known in before):
        return data | {HASH_SESSION_KEY: user.get_session_auth_hash()}
    return data
