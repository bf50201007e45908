"""What settings call the session engine."""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore


class SessionStore(DatabaseStore):
    """The class must be called so: what Django signs a session with is made of the name."""

    @classmethod
    def get_model_class(cls) -> Any:
        from connect.sessions.models import Session

        return Session

    def create_model_instance(self, data: Any) -> Any:
        row: Any = super().create_model_instance(data)
        row.user_id = data.get(SESSION_KEY)
        return row
