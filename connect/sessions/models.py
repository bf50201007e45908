from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from connect.sessions.owners import owner_of

AT_ONCE = 1000
ERASED_USER = "erased-"
"""How the username of an erased account begins."""


class Session(AbstractBaseSession):
    """As Django's, with the user beside what is sealed in it (which holds their e-mail).

    Django's own table is a view of this one, so that processes of the version before know the same sessions.
    """

    user_id = models.BigIntegerField(null=True, db_index=True)

    class Meta(AbstractBaseSession.Meta):
        db_table = "connect_session"

    @classmethod
    def get_session_store_class(cls) -> type:
        from connect.sessions.store import SessionStore

        return SessionStore


def name_owners(model: type[models.Model] = Session) -> int:
    """Say of each session whose it is, where the version before wrote it without; return of how many."""
    last, named, reader = "", 0, DatabaseStore()
    nobodys = model._default_manager.filter(user_id=None).order_by("pk")
    while rows := list(nobodys.filter(pk__gt=last)[:AT_ONCE]):
        last = rows[-1].pk
        known = [row for row in rows if _tell(row, reader)]
        model._default_manager.bulk_update(known, ["user_id"])
        named += len(known)
    return named


def delete_of_erased() -> int:
    """Delete what an old process wrote for an account that was erased meanwhile; return how many sessions that were."""
    gone = get_user_model()._default_manager.filter(is_active=False, email="", username__startswith=ERASED_USER)
    return Session._default_manager.filter(user_id__in=gone.values("pk")).delete()[0]


def _tell(row: Any, reader: DatabaseStore) -> bool:
    row.user_id = owner_of(reader.decode(row.session_data))
    return row.user_id is not None
