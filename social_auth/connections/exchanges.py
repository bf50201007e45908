"""Keeps the tokens from an exchange in Redis, sealed, until they are settled; only a repeat of the same call gets them.

An exchange spends a code or a rotating refresh token. If the provider cannot be asked afterwards whose the tokens are,
or the database is away, the repeat of the call goes on from them. If no repeat comes, they are revoked.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

import orjson
import redis
import structlog
from django.db import DataError, transaction

from connect.redis_client import our_redis
from social_auth.budgets import shared_rate
from social_auth.budgets.shared_rate import CLOCK
from social_auth.credentials import vault
from social_auth.credentials.models import OF_AN_EXCHANGE, Credential, Revocation
from social_auth.credentials.revocation import hand_on
from social_auth.credentials.sealing import double_digest
from social_auth.providers.adapters import adapter_for
from social_auth.providers.records import Posted, Tokens
from social_auth.wire.outcomes import Unavailable

SHELF = "exchanged"
"""The Redis hash with all entries, by a digest of what was posted and by whom."""
KEPT = 15 * 60
"""Seconds in which a repeat may come."""
LONGEST = 7 * 24 * 3600
"""Seconds after which an entry is deleted even if it could not be revoked."""
KEEP = f"""{CLOCK}
redis.call("HSET", KEYS[1], ARGV[2], text(now) .. " " .. ARGV[3])
redis.call("EXPIRE", KEYS[1], ARGV[4])
"""
"""Stores an entry with the time of Redis's clock, as another host, with another clock, may give it up."""
HELD = 60
"""Seconds after which a call counts as dead; a living one ends long before."""
SECRETS = ("access_token", "refresh_token")
DATES = ("expires_at", "grant_ends_at", "data_access_ends_at")
UNREADABLE = (ValueError, KeyError, TypeError, DataError)
"""Errors of reading an entry that is damaged, or that a later version wrote."""
logger = structlog.get_logger(__name__)


@dataclass
class Exchange:
    """The exchange of a posted code or token, shared by the call and its repeats."""

    network: str
    digest: str
    is_kept: bool = False
    is_unknown: bool = False
    """Whether Redis was away, so that we do not know if an earlier call kept tokens."""
    _mark: str = field(default_factory=lambda: secrets.token_hex(8))

    @classmethod
    def of(cls, network: str, posted: Posted, asker: Any) -> Self:
        """The exchange of that body by that user (None: somebody who is signing in)."""
        parts = [network, "" if asker is None else str(asker.pk), *vars(posted).values()]
        return cls(network, hashlib.sha256(orjson.dumps(parts)).hexdigest()[:32])

    def hold(self) -> None:
        """Take the exchange for a minute; raises Unavailable if another call has it. Does nothing without Redis."""
        try:
            if our_redis().set(self._holder, self._mark, nx=True, ex=HELD):
                return
        except redis.RedisError:
            return
        raise Unavailable("another call goes on with what was posted", retry_after=2)

    def is_held(self) -> bool:
        """Whether this call still has the exchange; a call that was frozen for a minute may have lost it to another.

        Raises redis.RedisError.
        """
        return bool(our_redis().get(self._holder) == self._mark)

    def may_be_in_use(self) -> bool:
        """Whether another call may have gone on from the kept tokens, so that a record may use them."""
        try:
            return self.is_kept and not self.is_held()
        except redis.RedisError:
            return self.is_kept

    def let_go(self) -> None:
        try:
            if self.is_held():
                our_redis().delete(self._holder)
        except redis.RedisError:
            return  # it expires

    def found(self) -> Tokens | None:
        """The tokens that an earlier call kept; raises Unavailable if only another process can open them."""
        try:
            text = our_redis().hget(SHELF, self.digest)
        except redis.RedisError:
            self.is_unknown = True
            return None
        if text is None:
            return None
        self.is_kept = True
        return self._opened(_entry(str(text)))

    def keep(self, tokens: Tokens, now: datetime) -> bool:
        """Keep the tokens for a repeat; False if Redis is away."""
        ciphers = {name: vault.encrypt(getattr(tokens, name), bound_to=self._place(name)) for name in SECRETS}
        dates = {name: getattr(tokens, name) for name in DATES}
        entry = {"network": self.network, "key_id": vault.newest_key()}
        entry |= {"refresh_digest": double_digest(tokens.refresh_token)}
        entry |= ciphers | dates | {"scopes": tokens.scopes, "exchanged": tokens.exchanged}
        field_and_text = (self.digest, orjson.dumps(entry))
        try:
            our_redis().run_past_breaker(KEEP, SHELF, shared_rate.clock_argument(now), *field_and_text, LONGEST)
        except redis.RedisError as error:
            logger.warning("an exchange could not be kept aside", network=self.network, error=type(error).__name__)
            return False
        self.is_kept = True
        return True

    def forget(self) -> None:
        """Delete the entry, as its tokens are stored or revoked by now."""
        try:
            our_redis().hdel(SHELF, self.digest)
        except redis.RedisError:
            return  # given up later, which revokes nothing that a connection uses

    @transaction.atomic
    def hand_over(self, entry: dict[str, Any], now: datetime) -> None:
        """Create a revocation with the sealed tokens, unless a connection has that very refresh token."""
        if not adapter_for(self.network).revokes:
            return
        if Credential.objects.with_refresh_token(digest=entry["refresh_digest"]).exists():
            return
        sealed = {"access_cipher": entry["access_token"], "refresh_cipher": entry["refresh_token"]}
        place = {"key_id": entry["key_id"], "sealed_in": self._place("")}
        hand_on(Revocation.objects.create(provider=self.network, due_at=now, **sealed, **place))

    def _opened(self, entry: dict[str, Any]) -> Tokens | None:
        try:
            opened: dict[str, Any] = {name: vault.decrypt(entry[name], bound_to=self._place(name)) for name in SECRETS}
        except vault.UnknownKey:
            raise Unavailable("sealed under a key of another process", retry_after=5) from None
        except vault.Undecipherable:
            return None
        dates: dict[str, Any] = {name: datetime.fromisoformat(entry[name]) for name in DATES if entry[name]}
        return Tokens(**opened, **dates, scopes=tuple(entry["scopes"]), exchanged=entry["exchanged"], spent=True)

    def _place(self, name: str) -> str:
        """The text to which a ciphertext is bound, in the form of the Revocation that may take it over."""
        return f"{OF_AN_EXCHANGE}{self.digest}:{name.removesuffix('_token')}"

    @property
    def _holder(self) -> str:
        return f"{SHELF}:{self.digest}:held"


def count_under_old_keys() -> int:
    """How many are sealed under another key than the newest; raises redis.RedisError."""
    return sum(f'"key_id":"{vault.newest_key()}"' not in text for text in our_redis().hvals(SHELF))


def give_up(now: datetime) -> None:
    """Revoke the tokens for which no repeat came in time; an unreadable entry does not stop the others."""
    try:
        shared = shared_rate.moment(now)
        for digest, text in our_redis().hscan_iter(SHELF, count=100):
            try:
                _give_up(digest, text, shared - float(text.partition(" ")[0]), now)
            except UNREADABLE as error:
                logger.warning("what was kept aside cannot be read", place=digest, error=type(error).__name__)
    except redis.RedisError as error:
        logger.warning("what was kept aside cannot be looked through", error=type(error).__name__)


def _give_up(digest: str, text: str, age: float, now: datetime) -> None:
    if age > LONGEST:
        our_redis().hdel(SHELF, digest)
    elif age >= KEPT:
        entry = _entry(text)
        if (
            entry["key_id"] in vault.key_ids()
        ):  # otherwise wait: a row under a key that was removed could never be opened
            _have_revoked(Exchange(entry["network"], digest), entry, now)


def _have_revoked(exchange: Exchange, entry: dict[str, Any], now: datetime) -> None:
    try:
        exchange.hold()
    except Unavailable:
        return  # a repeat came at the last moment
    exchange.hand_over(entry, now)
    exchange.forget()
    exchange.let_go()


def _entry(text: str) -> dict[str, Any]:
    parsed: dict[str, Any] = orjson.loads(text.partition(" ")[2])
    return parsed
