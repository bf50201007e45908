"""Handles a provider's answer to a link: connects the account, or says what went wrong."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import structlog

from connect.api.throttling import limit_of
from connect.errors import ApiError, RateLimited
from networks.models import SocialNetwork
from social_auth.connections.browsers import Browser
from social_auth.connections.connection import connect_account
from social_auth.connections.link_problems import problem_of, problem_of_error
from social_auth.connections.models import ConnectLink
from social_auth.providers.adapters import adapter_for
from social_auth.providers.base import Adapter
from social_auth.providers.records import Posted
from social_auth.wire.outcomes import OurFault, Outcome, Unavailable, WrongUser

logger = structlog.get_logger(__name__)


@dataclass
class Trouble(Exception):
    """Nothing was connected. If it `passes`, the same answer may succeed a little later."""

    name: str
    passes: bool = False


def settle(link: ConnectLink, answer: Mapping[str, str], browser: Browser, back: str) -> SocialNetwork:
    """Connect the account of the answer, which uses the link up; raises Trouble."""
    adapter = adapter_for(link.chosen)
    if not comes_from(adapter, answer.get("iss", "")):
        raise Trouble("mix_up")
    if error := answer.get("error", ""):
        problem = problem_of_error(error)
        word = error if re.fullmatch("[a-z_]{1,40}", error) else "another"
        logger.info("a provider gave no code", network=link.chosen, problem=problem, word=word)
        raise Trouble(problem)
    if not answer.get("code"):
        raise Trouble("refused")
    state = answer["state"]
    posted = Posted(
        code=answer["code"],
        redirect_uri=back,
        code_verifier=browser.verifier(state) if adapter.challenge else "",
        nonce=browser.nonce(state) if adapter.nonce else "",
        user_id=(link.record.provider_uid or "") if link.record else "",
    )
    return _connect(link, posted)


def comes_from(adapter: Adapter, issuer: str) -> bool:
    """Whether an answer with an issuer (RFC 9207) is that provider's; most providers send none."""
    return not issuer or issuer in (f"https://{urlsplit(adapter.authorize_url).netloc}", *adapter.issuers)


def _connect(link: ConnectLink, posted: Posted) -> SocialNetwork:
    def settled(record: SocialNetwork) -> None:
        if link.record_id not in (None, record.pk):
            raise WrongUser
        link.spend(record)

    try:
        if limit := limit_of("connect"):
            limit.take(str(link.user_id))
        return connect_account(link.user, link.chosen, posted, settled, may_sign_in=False)
    except RateLimited:
        raise Trouble("busy", passes=True) from None
    except (Outcome, ApiError) as refusal:
        passes = isinstance(refusal, Unavailable) and not isinstance(refusal, OurFault)
        raise Trouble(problem_of(refusal), passes) from None
