"""The rules by which a connection's health changes: a break needs a confirmation, a good answer heals."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q

from connect import clock
from connect.moderation.workflow import Health, HealthCause
from networks.models import SocialNetwork
from social_auth.budgets import storms
from social_auth.providers.adapters import adapter_for

ALIVE = (Health.HEALTHY, Health.EXPIRING)
BROKEN = (Health.REAUTH_REQUIRED, Health.REVOKED)


def healed_by(good: HealthCause) -> Q:
    """A condition for connections that a good answer of that kind heals: those broken by the same kind of verdict."""
    return ~Q(health=Health.HEALTHY) & Q(health_cause__in=["", good])


def after_end(network: SocialNetwork, now: datetime, cause: HealthCause) -> tuple[dict[str, Any], datetime | None]:
    """The changes after a provider's "dead" or "gone", and when to ask again; None means at the usual time.

    The first verdict makes a connection suspect. The same kind of verdict, CONNECT_CONFIRM_DEAD_AFTER later, breaks it,
    if the provider answered well for many other accounts meanwhile. Where few accounts are read we cannot know that:
    then the provider is asked again, twice as late each time, and believed after CONNECT_CONFIRM_ALONE_AFTER, which is
    longer than providers' false refusals last.
    """
    if network.health in BROKEN:
        return {}, None
    wait, now = settings.CONNECT_CONFIRM_DEAD_AFTER, clock.moment(now)  # another host may have written health_since
    if network.health == Health.SUSPECT and network.health_cause not in ("", cause):
        return {}, None  # the other kind: it confirms nothing, as another kind of answer would have to heal it
    if network.health != Health.SUSPECT:
        return {"health": Health.SUSPECT, "health_since": now, "health_cause": cause}, now + wait
    since = now - network.health_since
    if since < wait:
        return {}, network.health_since + wait
    alone = settings.CONNECT_CONFIRM_ALONE_AFTER
    of_renewals = cause == HealthCause.CREDENTIAL and not adapter_for(network.network).needs_token
    verdicts = storms.RENEWALS if of_renewals else storms.READINGS
    if since < alone and not storms.answers_others(network.network, network.health_since, verdicts):
        return {}, network.health_since + min(2 * since, alone)
    return {"health": Health.REAUTH_REQUIRED, "health_since": now, "health_cause": cause}, None
