"""Many made-up creators with connected sandbox accounts, written by COPY: for load tests and benchmarks.

Triggers are left out (the rows have no history), as only a development database's owner may.
"""

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import chain
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from psycopg.types.json import Jsonb

from connect.identity.columns import key_columns
from connect.identity.identity_keys import identity_keys
from connect.models import User
from connect.network_table import Network, home_url
from networks.due_readings import DueReading
from networks.models import SocialNetwork
from social_auth.credentials.models import Credential
from social_auth.providers.adapters import adapter_for
from social_auth.sandbox.accounts import LETTERS, Account, our_apps
from social_auth.sandbox.tokens import Token
from social_auth.wire.secret import Secret

PER_USER = 5
MIX = (
    Network.INSTAGRAM, Network.TIKTOK, Network.YOUTUBE, Network.INSTAGRAM, Network.TIKTOK, Network.YOUTUBE,
    Network.TWITTER, Network.FACEBOOK, Network.LINKEDIN, Network.PINTEREST,
)  # fmt: skip
"""What creators connect, most often first: a user's five follow each other here."""

NAMED = (Network.INSTAGRAM, Network.TIKTOK, Network.TWITTER, Network.PINTEREST)
"""Where an account's public id is its name."""


def seed(users: int) -> tuple[int, float]:
    """Write so many users with five networks each; return how many networks, and the seconds it took."""
    start = time.monotonic()
    first_user, first_network = _next_id(User), _next_id(SocialNetwork)
    now, total = timezone.now(), range(users * PER_USER)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SET LOCAL statement_timeout = 0")
        _copy(cursor, User, (_user(first_user + n, now) for n in range(users)))
        _copy(cursor, SocialNetwork, (_network(first_network + n, first_user + n // PER_USER, now) for n in total))
        _copy(cursor, DueReading, (_due(first_network + n, now) for n in total))
        blank = Credential()
        _copy(cursor, Credential, filter(None, (_credential(blank, first_network + n, now) for n in total)))
        for model in (User, SocialNetwork):
            table = model._meta.db_table
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
        cursor.execute("SET LOCAL session_replication_role = origin")  # whoever has a larger transaction goes on in it
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return users * PER_USER, time.monotonic() - start


def account(number: int) -> Account:
    """The sandbox account of a network by its id: its name is the number in base 36, behind a letter."""
    name, remainder = "", number
    while remainder:
        remainder, digit = divmod(remainder, 36)
        name = LETTERS[digit] + name
    return Account(MIX[number % len(MIX)], f"u{name}")


def _user(pk: int, now: Any) -> dict[str, Any]:
    email = f"load{pk}@example.com"
    return {"id": pk, "username": email, "email": email, "password": "!", "date_joined": now, "is_active": True}


def _network(pk: int, user_id: int, now: Any) -> dict[str, Any]:
    creator = account(pk)
    adapter = adapter_for(creator.network)
    uid = creator.uid(our_apps(creator.network)[0])
    if creator.network == Network.YOUTUBE:
        uid = creator.channel_id
    spread = _spread(pk)
    public_id = creator.name if creator.network in NAMED else uid
    url = f"{home_url(creator.network)}/{creator.name}"
    return {
        "id": pk,
        "user_id": user_id,
        "network": str(creator.network),
        "external_id": public_id,
        **key_columns(identity_keys(creator.network, [public_id, url])),
        "provider_uid": uid,
        "name": creator.display_name,
        "url": url,
        "followers": creator.followers if "followers" in adapter.obtains else None,
        "followers_source": "exact" if "followers" in adapter.obtains else "",
        "followers_as_of": now - timedelta(days=1) + spread,
        "read_at": now - timedelta(days=1) + spread,
        "next_refresh_at": now + spread,
        "status": "accepted",
        "verified": True,
        "verification_level": "app",
        "health": "healthy",
        **dict.fromkeys(("connected_at", "last_updated", "health_since", "status_changed_at"), now),
    }


def _due(pk: int, now: Any) -> dict[str, Any]:
    return {"network_id": pk, "provider": str(account(pk).network), "due_at": now + _spread(pk)}


def _spread(pk: int) -> timedelta:
    """How long after the seeding an account is read, within a day."""
    return timedelta(seconds=pk * 7919 % 86_400)


def _credential(credential: Credential, pk: int, now: Any) -> dict[str, Any] | None:
    """Tokens where reading needs them, sealed by one object for all; none for networks that our own keys read."""
    creator = account(pk)
    if not adapter_for(creator.network).needs_token:
        return None
    token = Token(
        creator.network,
        creator.name,
        our_apps(creator.network)[0],
        kind="long",
        minted=now.timestamp(),
        signed_in=now.timestamp(),
    )
    credential.pk = pk
    credential.seal(Secret(str(token)))
    ends = now + timedelta(days=60)
    return {
        "network_id": pk,
        "provider": str(creator.network),
        **credential.sealed(),
        "obtained_at": now,
        "expires_at": ends,
        "client_id": token.app,
    }


def _copy(cursor: Any, model: Any, rows: Iterator[dict[str, Any]]) -> None:
    """COPY rows, which all name the same columns, into the model's table, with its defaults for the others."""
    first = next(rows)
    blank = model()
    defaults = {
        field.column: field.get_db_prep_save(getattr(blank, field.attname), connection)
        for field in model._meta.concrete_fields
        if field.column not in first
    }
    same = [_text(default) for default in defaults.values()]
    columns = ", ".join(f'"{column}"' for column in (*first, *defaults))
    with cursor.copy(f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN') as copy:
        for row in chain([first], rows):
            copy.write_row([*row.values(), *same])


def _text(value: Any) -> Any:
    """JSON as text: it is written once then, instead of for each row."""
    return json.dumps(value.obj) if isinstance(value, Jsonb) else value


def _next_id(model: Any) -> int:
    newest = model.objects.order_by("-pk").values_list("pk", flat=True).first()
    return (newest or 0) + 1
