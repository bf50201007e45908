"""What becomes of a credential that was not renewed: the provider refused, or it is tried again later."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings

from connect import clock
from connect.audit.context import audited
from connect.clock import shared
from connect.due_work.leases import back_off
from connect.moderation.workflow import Health, HealthCause
from networks.models import SocialNetwork
from social_auth.budgets import storms
from social_auth.credentials.ends import keep_ends
from social_auth.credentials.health import ALIVE, BROKEN, after_end
from social_auth.credentials.models import Credential
from social_auth.providers.adapters import adapter_for
from social_auth.wire.outcomes import CalledDeadWithMany, HeldBack, Outcome, TokenDead

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=10), timedelta(hours=6)
DAILY, WEEKLY = timedelta(days=1), timedelta(days=7)
logger = structlog.get_logger(__name__)


def not_renewed(credential: Credential, outcome: Outcome, now: datetime) -> str:
    """Believe the provider's "dead", unless it says so of too many; postpone after any other outcome."""
    if not isinstance(outcome, TokenDead):
        return postpone(credential, outcome, now)
    if verdicts_of(credential.provider) is storms.READINGS:
        storms.count(credential.provider, calls=1, ends=_counts_as_new(credential, now), now=now)
    if is_in_a_storm(credential, now):
        return postpone(credential, storms.not_believed(), now)
    return _write_refusal(credential, now)


def is_in_a_storm(credential: Credential, now: datetime) -> bool:
    """Whether the provider refuses to renew so many that no refusal is believed (a storm); counts this one, too.

    Where readings need the token, the reading has counted it already.
    """
    verdicts = verdicts_of(credential.provider)
    if verdicts is storms.RENEWALS:
        storms.count(credential.provider, calls=0, ends=0, refused=_counts_as_new(credential, now), now=now)
    if credential.network.health in BROKEN or storms.outlasts(credential.unbelieved_at, now):
        return False
    return storms.is_storm(credential.provider, now, verdicts)


def _counts_as_new(credential: Credential, now: datetime) -> int:
    """1 for a refusal that is new, or that was not believed yet; 0 for one that is known."""
    counted = credential.refused_at is not None or storms.outlasts(credential.unbelieved_at, now)
    return int(credential.network.health in ALIVE and not counted)


def verdicts_of(network: str) -> storms.Verdicts:
    """The kind of verdict that this provider's refusals to renew are counted as."""
    return storms.READINGS if adapter_for(network).needs_token else storms.RENEWALS


def postpone(credential: Credential, outcome: Outcome, now: datetime) -> str:
    """Try again later. If the answer was lost, the refresh token may be spent: `asked_at` stays set."""
    rows = Credential.objects.filter(pk=credential.pk, version=credential.version)
    wait = max(
        back_off(credential.failures, first=FIRST_WAIT, most=LONGEST_WAIT), timedelta(seconds=outcome.retry_after or 0)
    )
    if isinstance(outcome, HeldBack):
        written = rows.hold_back(credential.lease_token, now + timedelta(seconds=outcome.retry_after or 60))
    else:
        many = isinstance(outcome, CalledDeadWithMany)
        unbelieved = {"unbelieved_at": credential.unbelieved_at or now} if many else {}
        # this answer was received; whether an earlier one was lost stays as it was
        receipt = {} if outcome.maybe_done else {"asked_at": credential.asked_at}
        written = rows.postpone(credential.lease_token, now + wait, **unbelieved, **receipt)
    return "postponed" if written else "overtaken"


def _write_refusal(credential: Credential, now: datetime) -> str:
    """Write that the provider refuses to renew, unless another worker has renewed it meanwhile.

    An access token that has not ended may go on working: then readings decide, and the connection ends with it.
    """
    network, adapter = credential.network, adapter_for(credential.provider)
    lives_on = adapter.needs_token and credential.expires_at is not None and credential.expires_at > now
    changes, again = ({}, None) if lives_on else after_end(network, now, HealthCause.CREDENTIAL)
    if not note_refusal(credential, now, again):
        return "overtaken"
    rows = SocialNetwork.objects.filter(pk=credential.pk, verified=True)
    if lives_on:
        rows.filter(next_refresh_at__gt=now, health__in=(Health.HEALTHY, Health.EXPIRING)).update(next_refresh_at=now)
    elif changes:
        with audited(action="renew", by=None, reason="the provider refuses to renew it"):
            rows.update(**changes, last_updated=now)
    return "refused"


def note_refusal(credential: Credential, now: datetime, again: datetime | None = None) -> bool:
    """Write the refusal, and count a renewal as lost if an earlier one was not written; False if overtaken."""
    rows = Credential.objects.filter(pk=credential.pk, version=credential.version)
    wait = WEEKLY if credential.network.health in BROKEN else DAILY
    changes: dict[str, Any] = {"refused_at": shared(now), "asked_at": None}
    if credential.was_refused_before(clock.moment(now) - settings.CONNECT_CONFIRM_DEAD_AFTER):
        changes["grant_ends_at"] = shared(now)  # confirmed: now warn the owner of the last token's end
    if not rows.postpone(credential.lease_token, again or now + wait, **changes):
        return False
    keep_ends(credential.pk, now)
    if credential.asked_at is not None:  # an earlier answer was never written, and may have had the next refresh token
        logger.error("a renewal was answered and its answer lost", network=credential.provider)
        storms.count(credential.provider, calls=0, ends=0, lost=1, now=now)
    return True
