"""Deletes data that the networks' terms forbid to keep longer: readings, counts, rates and texts of profiles.

Of a record, what its creator typed stays, and the ids by which a suspended account is recognised.
"""

from datetime import datetime
from typing import Any

from django.db.models import Q

from connect.database.json_columns import without
from connect.database.pieces import pieces
from connect.history import FollowerReading
from connect.moderation.kinds import kinds
from connect.moderation.quality import CountSource
from connect.network_table import Network
from connect.retention import Data, RetentionRule, rule_of
from networks.extra_data import COUNTS, WORDS
from networks.models import EngagementSource, SocialNetwork
from social_auth.assets.models import Asset, Discovery

NO_COUNT = {"followers": None, "followers_source": "", "followers_as_of": None}
NO_RATE = {"engagement_rate": None, "engagement_source": "", "engagement_as_of": None}
BIO = "bio"
"""Written from the profile at the first connect, and the creator's to change."""


def prune(now: datetime) -> dict[str, int]:
    """Keep every rule of every network; return by network how many readings and other pieces went, without zeros."""
    counts = {str(network): _prune_network(network, now) for network in Network}
    return {network: count for network, count in counts.items() if count}


def _prune_network(network: str, now: datetime) -> int:
    words, count = rule_of(network, Data.PROFILE), rule_of(network, Data.FOLLOWERS)
    removed = 0
    for model in kinds().values():
        proven = model._default_manager.filter(network=network, provider_uid__isnull=False)
        removed += FollowerReading.objects.prune(model, network, now)
        removed += _forget_counts(proven.filter(count.of_ended(now) | count.of_old(now)), now)
        removed += _forget_words(proven.filter(words.of_ended(now) | words.of_old(now)), now)
        removed += _forget_differences(proven, count, now)
    removed += _forget_rates(network, now)
    return removed + sum(_empty_assets(network, rule, now) for rule in (words, count))


def _forget_counts(rows: Any, now: datetime) -> int:
    read = rows.exclude(followers_source__in=("", CountSource.CLAIMED))
    removed = _update(read, **NO_COUNT, last_updated=now)
    beside = rows.filter(extra_data__has_any_keys=sorted(COUNTS))
    return removed + _update(beside, extra_data=without("extra_data", *COUNTS), last_updated=now)


def _forget_words(rows: Any, now: datetime) -> int:
    keys = (*WORDS, BIO)
    named = rows.filter(~Q(name="") | Q(extra_data__has_any_keys=sorted(keys)))
    return _update(named, name="", extra_data=without("extra_data", *keys), last_updated=now)


def _forget_differences(rows: Any, rule: RetentionRule, now: datetime) -> int:
    """Of flags, what was there and what was found: the flag itself is staff's to answer."""
    flagged = rows.exclude(flag_details={})
    removed, before = _update(flagged.filter(rule.of_ended(now)), flag_details={}), rule.read_before(now)
    if before is None:
        return removed
    for pk, details in flagged.values_list("pk", "flag_details").iterator():
        recent = {flag: data for flag, data in details.items() if data.get("at", "") >= before.date().isoformat()}
        if recent != details:
            removed += rows.filter(pk=pk, flag_details=details).update(flag_details=recent)
    return removed


def _forget_rates(network: str, now: datetime) -> int:
    """What we computed; not what a creator typed."""
    rule = rule_of(network, Data.DERIVED)
    before, over = rule.read_before(now), rule.of_ended(now)
    aged = Q(engagement_as_of__lt=before) if before else Q(pk__in=[])
    rows = SocialNetwork.objects.filter(over | aged, network=network, engagement_source=EngagementSource.ERF_1)
    return _update(rows, **NO_RATE, last_updated=now)


def _empty_assets(network: str, rule: RetentionRule, now: datetime) -> int:
    """Leave the ids of what accounts administer, by which it is proven; the next listing brings the rest again."""
    over = SocialNetwork.objects.filter(rule.of_ended(now), network=network)
    rows, before = Q(network__in=over), rule.read_before(now)
    if before is not None:
        listed = SocialNetwork.objects.filter(network=network, discovery__finished_at__gte=before)
        rows |= Q(seen_at__lt=before, network__network=network) & ~Q(network__in=listed)
    named = Asset.objects.filter(rows).exclude(name="", followers=None, extra_data={})
    emptied = set(named.values_list("network_id", flat=True))
    removed = _update(named, name="", followers=None, followers_source="", extra_data={})
    Discovery.objects.filter(network__in=emptied).update(digest="")  # else the same list would be no news
    return removed


def _update(rows: Any, **columns: Any) -> int:
    return sum(rows.filter(pk__in=piece).update(**columns) for piece in pieces(rows))
