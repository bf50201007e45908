"""Turns a posted code or token into tokens: a code is exchanged once, however often it is posted at the same time."""

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
    """The tokens, while the block finds out what they prove."""

    tokens: Tokens
    unwanted_of: str | None = None
    """The account's id; the block sets it if the tokens prove something, and no record takes them."""


@contextmanager
def obtained(adapter: Adapter, posted: Posted, asker: Any) -> Iterator[Obtained]:
    """Yield the tokens for what that user posted (None: somebody who signs in); raises an Outcome.

    A code or rotating refresh token that was seen before is refused: providers invalidate the first exchange's tokens
    when one is sent again. If the block fails because the provider or database is away, the tokens are kept for a
    repeat of the call. If it is refused, they are revoked.
    """
    if not adapter.spends(posted):
        yield Obtained(adapter.obtain(posted))
        return
    exchange = Exchange.of(adapter.network, posted, asker)
    exchange.hold()
    try:
        with _settled(exchange, Obtained(_tokens(adapter, posted, exchange)), posted) as obtained_tokens:
            yield obtained_tokens
    finally:
        exchange.let_go()


def _tokens(adapter: Adapter, posted: Posted, exchange: Exchange) -> Tokens:
    if earlier := exchange.found():
        return replace(earlier, id_token=posted.id_token)
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
    """Remember the code or refresh token as used, unless the provider could not be reached."""
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
def _settled(exchange: Exchange, obtained_tokens: Obtained, posted: Posted) -> Iterator[Obtained]:
    """After the block, keep, forget or revoke spent tokens, depending on how it ended."""
    if not obtained_tokens.tokens.spent:
        yield obtained_tokens
        return
    try:
        yield obtained_tokens
    except (Unavailable, *DATABASE_AWAY) as error:
        if exchange.is_kept or exchange.keep(obtained_tokens.tokens, timezone.now()) or isinstance(error, Unsettled):
            raise  # if unsettled, a record may use them by now
        _revoke(exchange, obtained_tokens.tokens)
        outcome = SpentInVain()
        outcome.field = "code" if posted.code else "refresh_token"
        raise outcome from None
    except (Outcome, ApiError):
        _revoke(exchange, obtained_tokens.tokens)
        raise
    if obtained_tokens.unwanted_of is None:
        exchange.forget()
    else:
        _revoke(exchange, obtained_tokens.tokens, obtained_tokens.unwanted_of)


def _revoke(exchange: Exchange, tokens: Tokens, uid: str = "") -> None:
    """Revoke the tokens, unless another call went on with them. Without the database they stay kept in Redis."""
    if exchange.may_be_in_use():
        return  # if no record does, they are given up later
    try:
        discard(exchange.network, tokens.secret, uid)
    except DATABASE_AWAY:
        if not exchange.is_kept:
            logger.exception("tokens could neither be kept nor revoked", network=exchange.network)
        return
    exchange.forget()
