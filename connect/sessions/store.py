"""The session engine of the settings."""

from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import OperationalError
from django.utils.crypto import constant_time_compare

from connect.sessions.owners import owner_of


class SessionStore(DatabaseStore):
    """The class must have this name: Django derives the key that signs sessions from it."""

    @classmethod
    def get_model_class(cls) -> Any:
        # Late: the store and its model name each other, as Django's own do.
        from connect.sessions.models import Session

        return Session

    def decode(self, session_data: Any) -> dict[str, Any]:
        """Renew a password hash that an earlier SECRET_KEY signed.

        Django would do so too, but give the session a new id, and all tokens of apps would be invalid.
        """
        data = super().decode(session_data)
        return _with_current_hash(data) if settings.SECRET_KEY_FALLBACKS and HASH_SESSION_KEY in data else data

    def save(self, must_create: bool = False) -> None:
        """Raise OperationalError when the database is away, where Django says that the session was deleted."""
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


def _with_current_hash(data: dict[str, Any]) -> dict[str, Any]:
    user: Any = get_user_model()._default_manager.filter(pk=data[SESSION_KEY]).first()
    earlier_hashes = user.get_session_auth_fallback_hash() if user else ()
    if any(constant_time_compare(data[HASH_SESSION_KEY], earlier_hash) for earlier_hash in earlier_hashes):
        return data | {HASH_SESSION_KEY: user.get_session_auth_hash()}
    return data
