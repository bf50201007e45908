"""How a connection's health moves: only on what the provider confirmed, and back by itself."""

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
    """Which connections good news of that kind heals: those that bad news of the other kind did not break."""
    return ~Q(health=Health.HEALTHY) & Q(health_cause__in=["", good])


def after_end(network: SocialNetwork, now: datetime, cause: HealthCause) -> tuple[dict[str, Any], datetime | None]:
    """What a provider's "dead" or "gone" changes, and when to ask again; None is: at the usual time.

    The first word makes it suspect. The same kind of word, CONNECT_CONFIRM_DEAD_AFTER later, is confirmation, if the
    provider answered well for many others meanwhile. Where few are read that is not known: then it is asked again,
    twice as late each time, and believed after CONNECT_CONFIRM_ALONE_AFTER, which outlasts what providers have in
    false refusals.
    """
    if network.health in BROKEN:
        return {}, None
    wait, now = settings.CONNECT_CONFIRM_DEAD_AFTER, clock.moment(now)  # health_since may be another host's word
    if network.health == Health.SUSPECT and network.health_cause not in ("", cause):
        return {}, None  # each kind is confirmed by itself, so that what heals it heals it
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
