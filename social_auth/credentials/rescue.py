"""Keeps renewed tokens in Redis, sealed, until they are written to the database.

A rotating refresh token is spent by the answer that brings its successor. If the database is away at that moment, or
the worker is killed before its commit, the successor would be lost. The next worker that renews the credential finds it
here: by the spent token, as a connect without a refresh token keeps that token in a newer version of the row.
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
"""Seconds after which they are of no use any more."""
COLUMNS = ("access_cipher", "refresh_cipher", "key_id", "refresh_key_id", "refresh_digest", "refresh_prefix_digest")
DATES = ("expires_at", "grant_ends_at", "data_access_ends_at", "obtained_at")
logger = structlog.get_logger(__name__)


def keep(credential: Credential, renewed: Credential) -> None:
    """Keep the renewed tokens of that version of the credential; does nothing while Redis is away."""
    columns = {name: getattr(renewed, name) for name in (*COLUMNS, *DATES)}
    spent = renewed.refresh_digest != credential.refresh_digest
    try:
        our_redis().set_past_breaker(_keys(credential)[-1 if spent else 0], orjson.dumps(columns), ex=KEPT)
    except redis.RedisError as error:
        logger.warning("a renewal could not be kept aside", network=credential.provider, error=type(error).__name__)


def find(credential: Credential) -> Credential | None:
    """The tokens from an earlier renewal of that version or with that refresh token; None if there are none.

    Raises Unavailable if an earlier renewal was begun and Redis is away: asked again, the provider would invalidate
    its tokens.
    """
    try:
        texts: list[str | None] = our_redis().mget(_keys(credential))  # type: ignore[assignment]
    except redis.RedisError:
        if credential.asked_at is None:
            return None
        raise Unavailable("what an earlier renewal gave cannot be looked up") from None
    text = next(filter(None, texts), None)
    if text is None:
        return None
    columns: dict[str, Any] = orjson.loads(text)
    dates = {name: datetime.fromisoformat(columns[name]) if columns[name] else None for name in DATES}
    return Credential(
        pk=credential.pk, provider=credential.provider, **{name: columns.get(name, "") for name in COLUMNS}, **dates
    )


def forget(credential: Credential) -> None:
    try:
        our_redis().delete(*_keys(credential))
    except redis.RedisError:
        return  # the credential has a newer version by now, so nothing looks it up


def count_under_old_keys() -> int:
    """How many are sealed under another key than the newest; raises redis.RedisError."""
    texts = [str(our_redis().get(key) or "{}") for key in our_redis().scan_iter("renewed:*", count=1000)]
    keys_needed = [
        {renewed.get(name, "") for name in ("key_id", "refresh_key_id")} for renewed in map(orjson.loads, texts)
    ]
    return sum(not keys <= {"", vault.newest_key()} for keys in keys_needed)


def _keys(credential: Credential) -> list[str]:
    """The Redis keys for a renewal that spent no refresh token, and, if there is one, for the successor of it.

    Resealing the credential under another encryption key changes neither.
    """
    keys = [f"renewed:{credential.pk}:{credential.version}:{credential.obtained_at.timestamp()}"]
    return [*keys, f"renewed:{credential.pk}:{credential.refresh_digest}"] if credential.refresh_digest else keys
