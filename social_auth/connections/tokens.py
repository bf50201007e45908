"""Turning what was posted into tokens: a code is good for one exchange, whoever posts it how often at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import structlog
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from connect.database.retries import Unsettled
from connect.errors import ApiError
from connect.seen_once import SeenOnce
from social_auth.connections.exchanges import Exchange
from social_auth.credentials.revocation import discard
from social_auth.providers.base import Adapter
from social_auth.providers.records import Posted, Tokens
from social_auth.wire.outcomes import Outcome, SpentInVain, TokenDead, Unavailable

DATABASE_AWAY = (DatabaseError, InterfaceError)
logger = structlog.get_logger(__name__)


@dataclass
class Obtained:
    """What a block has while it finds out what the tokens prove."""

    tokens: Tokens
    unwanted_of: str | None = None
    """Set by the block to the account's id if no record takes the tokens, though they prove something."""


@contextmanager
def obtained(adapter: Adapter, posted: Posted, asker: Any) -> Iterator[Obtained]:
    """Give the block the tokens for what that user posted (None: somebody who signs in); raises an Outcome.

    A code, or rotating refresh token, seen before is refused here: asked about a second time, providers end what the
    first exchange gave. If the block cannot be done at the moment, what was spent is kept, and the repeat of the call
    goes on from it. Refused, it is revoked upstream.
    """
    if not adapter.spends(posted):
        yield Obtained(adapter.obtain(posted))
        return
    exchange = Exchange.of(adapter.network, posted, asker)
    exchange.hold()
    try:
        with _settled(exchange, Obtained(_tokens(adapter, posted, exchange)), posted) as held:
            yield held
    finally:
        exchange.let_go()


def _tokens(adapter: Adapter, posted: Posted, exchange: Exchange) -> Tokens:
    if kept := exchange.found():
        return replace(kept, id_token=posted.id_token)
    field = "code" if posted.code else "refresh_token"
    spent = getattr(posted, field)
    with _once(adapter, field, spent, exchange):
        tokens = adapter.obtain(posted)
    if tokens.spent:
        exchange.keep(tokens, timezone.now())
    if not tokens.spent or tokens.refresh_token == spent:
        SeenOnce.objects.unsee(*_mark(adapter, field, spent))
    return tokens


@contextmanager
def _once(adapter: Adapter, field: str, spent: str, exchange: Exchange) -> Iterator[None]:
    """Remember the code or refresh token, unless the provider could not be asked about it."""
    mark = _mark(adapter, field, spent)
    if not SeenOnce.objects.first_time(*mark):
        if exchange.is_unknown:
            raise Unavailable("whether its exchange was kept cannot be looked up", retry_after=5)
        outcome = TokenDead(f"{field} used before")
        outcome.field = field
        raise outcome
    try:
        yield
    except Unavailable:
        SeenOnce.objects.unsee(*mark)
        raise


def _mark(adapter: Adapter, field: str, spent: str) -> tuple[str, bytes]:
    return f"{field}:{adapter.network}", spent.encode()


@contextmanager
def _settled(exchange: Exchange, held: Obtained, posted: Posted) -> Iterator[Obtained]:
    """Do with spent tokens what the end of the block asks for."""
    if not held.tokens.spent:
        yield held
        return
    try:
        yield held
    except (Unavailable, *DATABASE_AWAY) as error:
        if exchange.is_kept or exchange.keep(held.tokens, timezone.now()) or isinstance(error, Unsettled):
            raise  # unsettled, a record may live on them by now
        _revoke(exchange, held.tokens)
        outcome = SpentInVain()
        outcome.field = "code" if posted.code else "refresh_token"
        raise outcome from None
    except (Outcome, ApiError):
        _revoke(exchange, held.tokens)
        raise
    if held.unwanted_of is None:
        exchange.forget()
    else:
        _revoke(exchange, held.tokens, held.unwanted_of)


def _revoke(exchange: Exchange, tokens: Tokens, uid: str = "") -> None:
    """Have the tokens revoked, unless another call went on with them. Without the database they stay where they are."""
    if exchange.may_be_in_use():
        return  # if nobody did, they are given up in their time
    try:
        discard(exchange.network, tokens.secret, uid)
    except DATABASE_AWAY:
        if not exchange.is_kept:
            logger.exception("tokens could neither be kept nor revoked", network=exchange.network)
        return
    exchange.forget()
