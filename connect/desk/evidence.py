"""What a moderator needs for a decision, in a handful of queries and without calls to a provider."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from connect.audit.trail import entries
from connect.history import FollowerReading
from connect.models import SocialResource
from connect.moderation.flags import described
from connect.moderation.kinds import kinds, name_of
from connect.moderation.workflow import Level, Status

DAYS = 90
WIDTH, HEIGHT = 320, 64
OTHERS = 20
LEVELS = {
    Level.APP: "Proven: the owner's token was minted for our app.",
    Level.USER: "Opens the account, but the token may have been minted for another app and taken from its owner.",
    Level.NONE: "A claim: nobody has proven to own this account.",
}


def evidence(resource: SocialResource, now: datetime) -> dict[str, Any]:
    return {
        "resource": resource,
        "name": name_of(resource),
        "host": ascii_host(resource.url),
        "flags": described(resource),
        "level": LEVELS[Level(resource.verification_level)],
        "told": told_by_network(resource.extra_data),
        "curve": curve(resource, now),
        "rivals": rivals(resource),
        "others": others(resource),
        "entries": entries(resource),
    }


def told_by_network(extra: dict[str, Any]) -> list[str]:
    """Facts from the network that help to tell a real account from an imitation."""
    texts = {
        "parody": {True: "marked as a parody"},
        "identity_verified": {True: "identity verified", False: "identity not verified"},
        "verified_badge": {True: "has the badge", False: "has no badge"},
    }
    facts = [texts[key][extra[key]] for key in texts if extra.get(key) in texts[key]]
    verified = extra.get("verified_followers_count")
    return facts if verified is None else [*facts, f"{verified} verified followers"]


def ascii_host(url: str) -> str:
    """The host in its ASCII form: look-alike letters of another alphabet show as xn--."""
    try:
        return (urlsplit(url).hostname or "").encode("idna").decode()
    except (UnicodeError, ValueError):
        return "a host that cannot be"


def curve(resource: SocialResource, now: datetime) -> dict[str, Any] | None:
    """The follower readings of the last 90 days as points of a line; None if there are fewer than two."""
    since = (now - timedelta(days=DAYS)).date()
    readings = [(row["date"], row["followers"]) for row in FollowerReading.objects.of(resource, since=since)]
    if len(readings) < 2:
        return None
    counts = [count for _, count in readings]
    low, span = min(counts), max(max(counts) - min(counts), 1)
    days = max((readings[-1][0] - readings[0][0]).days, 1)
    points = [
        (WIDTH * (day - readings[0][0]).days / days, HEIGHT - HEIGHT * (count - low) / span) for day, count in readings
    ]
    labels = {"first": readings[0], "last": readings[-1], "low": low, "high": max(counts)}
    return {**labels, "points": " ".join(f"{x:.1f},{y:.1f}" for x, y in points), "width": WIDTH, "height": HEIGHT}


def rivals(resource: SocialResource) -> list[Any]:
    """Other users' records of the same account, by the provider's id or an identity key."""
    records = type(resource).objects
    claimed = records.claims_on(resource.network, resource.identity_keys)
    proven = records.of_account(resource.network, resource.provider_uid or "").exclude(status=Status.DISCONNECTED)
    of_others = (claimed | proven).exclude(user_id=resource.user_id).select_related("user")
    return list(of_others.order_by("-verified", "pk")[:OTHERS])


def others(resource: SocialResource) -> list[Any]:
    """The creator's other records of all kinds, the latest change of status first."""
    records: list[Any] = []
    for model in kinds().values():
        rows = model._default_manager.filter(user_id=resource.user_id).select_related("user")
        same_kind = isinstance(resource, model)
        records += (rows.exclude(pk=resource.pk) if same_kind else rows).order_by("-status_changed_at")[:OTHERS]
    return sorted(records, key=lambda row: row.status_changed_at, reverse=True)[:OTHERS]
