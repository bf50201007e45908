from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models


class Session(AbstractBaseSession):
    """As Django's, with the user beside what is sealed in it (which holds their e-mail)."""

    user_id = models.BigIntegerField(null=True, db_index=True)

    class Meta(AbstractBaseSession.Meta):
        db_table = "connect_session"

    @classmethod
    def get_session_store_class(cls) -> type:
        # Late: the store and its model name each other, as Django's own do.
        from connect.sessions.store import SessionStore

        return SessionStore
