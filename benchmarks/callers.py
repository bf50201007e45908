"""Callers with live sessions, as signing in leaves them."""

from allauth.headless.tokens.strategies.jwt.internal import create_access_token
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection
from django.utils import timezone

from connect.models import User
from connect.sessions.store import SessionStore
from networks.models import SocialNetwork
from social_auth.credentials.models import Credential
from social_auth.sign_in.access_tokens import TokenStrategy


def tokens(count: int) -> list[str]:
    ids = list(User.objects.order_by("pk").values_list("pk", flat=True))
    step = max(len(ids) // count, 1)
    return [_token(user) for user in User.objects.filter(pk__in=ids[::step][:count])]


def _token(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return create_access_token(user, session, TokenStrategy().get_claims(user))


def rest() -> None:
    """Let no account be due for a day; its triggers sleep, so both tables are told."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE networks_socialnetwork SET next_refresh_at = next_refresh_at + interval '1 day'")
        cursor.execute("UPDATE networks_duereading SET due_at = due_at + interval '1 day'")


def lay_open(first: int, last: int) -> None:
    """Make the networks of these ids due, and write their tokens where the peers look for them."""
    SocialNetwork.objects.filter(pk__range=(first, last)).update(next_refresh_at=timezone.now(), read_at=None)
    rows = Credential.objects.filter(pk__gte=first, pk__lte=last)
    opened = {credential.pk: credential.open().access_token for credential in rows}
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_token (id bigint PRIMARY KEY, token text)")
        with cursor.copy("COPY bench_token FROM STDIN") as copy:
            for pk in range(first, last + 1):
                copy.write_row([pk, opened.get(pk, "")])
