"""What a provider gave once, kept in Redis until the database has it: sealed as the row will hold it.

A rotated refresh token is spent by the answer that brings the next one. A database that is away at that moment, or a
worker that is killed before its commit, would lose it; whoever renews the credential next finds it here: by the spent
token, which the row may hold for longer than its version lasts, as a connect without a refresh token keeps it.
"""

from datetime import datetime
from typing import Any

import orjson
import redis
import structlog

from connect.redis_client import our_redis
from social_auth.credentials import vault
from social_auth.credentials.models import Credential
from social_auth.wire.outcomes import Unavailable

KEPT = 7 * 24 * 3600
"""Seconds after which nobody can need it any more."""
COLUMNS = ("access_cipher", "refresh_cipher", "key_id", "refresh_key_id", "refresh_digest", "refresh_prefix_digest")
DATES = ("expires_at", "grant_ends_at", "data_access_ends_at", "obtained_at")
logger = structlog.get_logger(__name__)


def keep(credential: Credential, renewed: Credential) -> None:
    """Keep what renewing that version of the credential gave. Without Redis only the database can keep it."""
    told = {name: getattr(renewed, name) for name in (*COLUMNS, *DATES)}
    spent = renewed.refresh_digest != credential.refresh_digest
    try:
        our_redis().set_past_breaker(_keys(credential)[-1 if spent else 0], orjson.dumps(told), ex=KEPT)
    except redis.RedisError as error:
        logger.warning("a renewal could not be kept aside", network=credential.provider, error=type(error).__name__)


def found(credential: Credential) -> Credential | None:
    """What was kept of an earlier renewal of that version, or with that refresh token; None if there is nothing.

    Raises Unavailable while that cannot be looked up: asked again, the provider would end what it gave.
    """
    try:
        kept: list[str | None] = our_redis().mget(_keys(credential))  # type: ignore[assignment]
    except redis.RedisError:
        if credential.asked_at is None:
            return None
        raise Unavailable("what an earlier renewal gave cannot be looked up") from None
    text = next(filter(None, kept), None)
    if text is None:
        return None
    told: dict[str, Any] = orjson.loads(text)
    dates = {name: datetime.fromisoformat(told[name]) if told[name] else None for name in DATES}
    return Credential(
        pk=credential.pk, provider=credential.provider, **{name: told.get(name, "") for name in COLUMNS}, **dates
    )


def forget(credential: Credential) -> None:
    try:
        our_redis().delete(*_keys(credential))
    except redis.RedisError:
        return  # of an older version by now: nobody will ask for it


def count_under_old_keys() -> int:
    """How many need another key than the newest; raises redis.RedisError."""
    texts = [str(our_redis().get(key) or "{}") for key in our_redis().scan_iter("renewed:*", count=1000)]
    needed = [{kept.get(name, "") for name in ("key_id", "refresh_key_id")} for kept in map(orjson.loads, texts)]
    return sum(not keys <= {"", vault.newest_key()} for keys in needed)


def _keys(credential: Credential) -> list[str]:
    """Where to keep what spent nothing, and, if it has a refresh token that is spent, where to keep its successor.

    Sealing the credential anew under another key, in between, changes neither.
    """
    keys = [f"renewed:{credential.pk}:{credential.version}:{credential.obtained_at.timestamp()}"]
    return [*keys, f"renewed:{credential.pk}:{credential.refresh_digest}"] if credential.refresh_digest else keys
