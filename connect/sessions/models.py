from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models


class Session(AbstractBaseSession):
    """Django's session with the user's id in a column: the user's e-mail is in its data."""

    user_id = models.BigIntegerField(null=True, db_index=True)

    class Meta(AbstractBaseSession.Meta):
        db_table = "connect_session"

    @classmethod
    def get_session_store_class(cls) -> type:
        # Late: the store and its model name each other, as Django's own do.
        from connect.sessions.store import SessionStore

        return SessionStore
