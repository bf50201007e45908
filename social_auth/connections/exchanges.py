"""What an exchange gave, kept in Redis until it is known what it proves: sealed, and good for the same call alone.

A code, and a refresh token that rotates, is spent by its exchange. If the provider cannot be asked then whose the
tokens are, or the database is away, the repeat of the call goes on from them. If no repeat comes they are revoked.
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
"""The hash in Redis that holds them all, by the digest of what was posted and by whom."""
KEPT = 15 * 60
"""Seconds for the repeat."""
LONGEST = 7 * 24 * 3600
"""Seconds after which even what could not be given up is gone."""
KEEP = f"""{CLOCK}
redis.call("HSET", KEYS[1], ARGV[2], text(now) .. " " .. ARGV[3])
redis.call("EXPIRE", KEYS[1], ARGV[4])
"""
"""Each with the moment by the clock of Redis, as the host that gives it up may keep another time than this one."""
HELD = 60
"""Seconds after which a call that has said nothing is dead: it ends long before, or it was killed."""
SECRETS = ("access_token", "refresh_token")
DATES = ("expires_at", "grant_ends_at", "data_access_ends_at")
UNREADABLE = (ValueError, KeyError, TypeError, DataError)
"""What comes of an entry that is damaged, or of a later version of this code."""
logger = structlog.get_logger(__name__)


@dataclass
class Exchange:
    """One exchange of what somebody posted, whichever repeat of the call is at it."""

    network: str
    digest: str
    is_kept: bool = False
    is_unknown: bool = False
    """Whether Redis could not be asked if an earlier call kept anything."""
    _mark: str = field(default_factory=lambda: secrets.token_hex(8))

    @classmethod
    def of(cls, network: str, posted: Posted, asker: Any) -> Self:
        """The exchange of that body by that user; None is somebody who is signing in."""
        said = [network, "" if asker is None else str(asker.pk), *vars(posted).values()]
        return cls(network, hashlib.sha256(orjson.dumps(said)).hexdigest()[:32])

    def hold(self) -> None:
        """Keep other calls from it for a minute; raises Unavailable if one is at it. Without Redis nobody can tell."""
        try:
            if our_redis().set(self._holder, self._mark, nx=True, ex=HELD):
                return
        except redis.RedisError:
            return
        raise Unavailable("another call goes on with what was posted", retry_after=2)

    def is_held(self) -> bool:
        """Whether this call alone is at it still: one that was frozen for a minute may have been followed by another.

        Raises redis.RedisError: nobody can tell.
        """
        return bool(our_redis().get(self._holder) == self._mark)

    def may_be_in_use(self) -> bool:
        """Whether another call may have gone on from what was kept, and a record may live on it."""
        try:
            return self.is_kept and not self.is_held()
        except redis.RedisError:
            return self.is_kept

    def let_go(self) -> None:
        try:
            if self.is_held():
                our_redis().delete(self._holder)
        except redis.RedisError:
            return  # it ends by itself

    def found(self) -> Tokens | None:
        """What an earlier call kept; raises Unavailable if only another process can open it."""
        try:
            text = our_redis().hget(SHELF, self.digest)
        except redis.RedisError:
            self.is_unknown = True
            return None
        if text is None:
            return None
        self.is_kept = True
        return self._opened(_told(str(text)))

    def keep(self, tokens: Tokens, now: datetime) -> bool:
        """Keep the tokens for a repeat; False without Redis."""
        ciphers = {name: vault.encrypt(getattr(tokens, name), bound_to=self._place(name)) for name in SECRETS}
        dates = {name: getattr(tokens, name) for name in DATES}
        told = {"network": self.network, "key_id": vault.newest_key()}
        told |= {"refresh_digest": double_digest(tokens.refresh_token)}
        told |= ciphers | dates | {"scopes": tokens.scopes, "exchanged": tokens.exchanged}
        kept = (self.digest, orjson.dumps(told))
        try:
            our_redis().run_past_breaker(KEEP, SHELF, shared_rate.clock_argument(now), *kept, LONGEST)
        except redis.RedisError as error:
            logger.warning("an exchange could not be kept aside", network=self.network, error=type(error).__name__)
            return False
        self.is_kept = True
        return True

    def forget(self) -> None:
        """What it gave has its place by now."""
        try:
            our_redis().hdel(SHELF, self.digest)
        except redis.RedisError:
            return  # given up later: what is connected is left alone then

    @transaction.atomic
    def hand_over(self, told: dict[str, Any], now: datetime) -> None:
        """Have revoked what was kept, as it is sealed, unless a connection has that very refresh token."""
        if not adapter_for(self.network).revokes:
            return
        if Credential.objects.with_refresh_token(digest=told["refresh_digest"]).exists():
            return
        sealed = {"access_cipher": told["access_token"], "refresh_cipher": told["refresh_token"]}
        place = {"key_id": told["key_id"], "sealed_in": self._place("")}
        hand_on(Revocation.objects.create(provider=self.network, due_at=now, **sealed, **place))

    def _opened(self, told: dict[str, Any]) -> Tokens | None:
        try:
            opened: dict[str, Any] = {name: vault.decrypt(told[name], bound_to=self._place(name)) for name in SECRETS}
        except vault.UnknownKey:
            raise Unavailable("sealed under a key of another process", retry_after=5) from None
        except vault.Undecipherable:
            return None
        dates: dict[str, Any] = {name: datetime.fromisoformat(told[name]) for name in DATES if told[name]}
        return Tokens(**opened, **dates, scopes=tuple(told["scopes"]), exchanged=told["exchanged"], spent=True)

    def _place(self, name: str) -> str:
        """What a ciphertext is bound to, as a revocation spells it that takes it over."""
        return f"{OF_AN_EXCHANGE}{self.digest}:{name.removesuffix('_token')}"

    @property
    def _holder(self) -> str:
        return f"{SHELF}:{self.digest}:held"


def count_under_old_keys() -> int:
    """How many need another key than the newest; raises redis.RedisError."""
    return sum(f'"key_id":"{vault.newest_key()}"' not in text for text in our_redis().hvals(SHELF))


def give_up(now: datetime) -> None:
    """Have revoked what nobody came back for in time; what cannot be read does not keep the others from it."""
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
        told = _told(text)
        if told["key_id"] in vault.key_ids():  # else the key may have been removed, and no row may need it then
            _have_revoked(Exchange(told["network"], digest), told, now)


def _have_revoked(exchange: Exchange, told: dict[str, Any], now: datetime) -> None:
    try:
        exchange.hold()
    except Unavailable:
        return  # a repeat came at the last moment
    exchange.hand_over(told, now)
    exchange.forget()
    exchange.let_go()


def _told(text: str) -> dict[str, Any]:
    told: dict[str, Any] = orjson.loads(text.partition(" ")[2])
    return told
