"""Lists in the background what a connected account administers: pages, channels, boards and organisations.

A submitted page that is listed is proven by that, and refreshed with every later listing. A page that is missing twice,
some time apart, is lost: its record loses `verified`, and keeps its approval.
"""

import hashlib
import json
import random
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from connect.database.retries import retried
from connect.due_work.leases import back_off
from connect.due_work.work import Claim, DueWork
from connect.moderation.locks import lock_user
from connect.moderation.workflow import REFRESHED
from connect.signals import network_connected, network_displaced, resource_claimed, resource_disconnected
from networks.models import SocialNetwork
from social_auth.assets import proofs
from social_auth.assets.models import VOUCHING, Asset, Discovery
from social_auth.budgets import spending
from social_auth.budgets.spending import room_for_calls
from social_auth.credentials.models import Credential
from social_auth.credentials.renewal import with_living_token
from social_auth.providers.adapters import ADAPTERS, adapter_for
from social_auth.providers.base import Adapter
from social_auth.providers.records import Profile
from social_auth.wire import http
from social_auth.wire.messages import enqueue
from social_auth.wire.outcomes import HeldBack, MissingScope, OurFault, Outcome, OutOfCredit, Unavailable

SECONDS = 60.0
"""For all calls of one listing together."""
LEASE = timedelta(minutes=5)
DAILY, WEEKLY = timedelta(days=1), timedelta(days=7)
RETRY = timedelta(minutes=10)
ROUND = timedelta(seconds=60)
MAX_RUNNING = 10
"""Listings of a network at the same time."""


class NotGranted(MissingScope):
    """The credential's scopes do not allow a listing, so the provider was not called."""


DISCOVERY = DueWork(
    name="discovery",
    lanes=lambda now: [adapter.network for adapter in ADAPTERS.values() if adapter.asset_noun],
    rows=lambda network: Discovery.objects.filter(provider=network),
    room=lambda network, leased, now: room_for_calls(network, leased, now, most=MAX_RUNNING, ahead=ROUND),
    lease=lambda: LEASE,
)


def listen() -> None:
    network_connected.connect(_network_connected, sender=SocialNetwork, dispatch_uid="discovery")
    network_displaced.connect(_network_gone, sender=SocialNetwork, dispatch_uid="discovery")
    resource_disconnected.connect(_network_gone, sender=SocialNetwork, dispatch_uid="discovery")
    for noun, model in proofs.KINDS.items():
        resource_claimed.connect(proofs.prove_claim, sender=model, dispatch_uid=f"claim of a {noun}")


def schedule(network: SocialNetwork) -> None:
    """Make a listing due now; call it within the transaction that connects the account."""
    if adapter_for(network.network).asset_noun:
        Discovery.objects.schedule(network)
        enqueue("social_auth.assets.tasks.discover", queue=f"discovery.{network.network}", pk=network.pk)


def discover(pk: int) -> str:
    """List what one account administers, if it is due and no other worker has it; return a word for the result."""
    provider = Discovery.objects.filter(pk=pk).values_list("provider", flat=True).first()
    claim = DISCOVERY.claim_one(pk, provider, timezone.now()) if provider else None
    return work_off(claim) if claim else "in other hands"


def work_off(claim: Claim) -> str:
    """List what the claimed accounts administer; return a word for the last result."""
    word = "in other hands"
    for row in DISCOVERY.begin(claim, timezone.now(), "network__credential"):
        word = _discover(row)
    return word


def _discover(row: Discovery) -> str:
    network = row.network
    if not (network.verified and network.status in REFRESHED):  # suspended: it may be reinstated
        Discovery.objects.filter(pk=row.pk).hold_back(row.lease_token, timezone.now() + DAILY)
        return "not connected"
    http.release_database()
    try:
        with http.within(SECONDS):
            listed = _listed(network)
    except Outcome as outcome:
        return _postpone(row, outcome, timezone.now())
    return retried(lambda: _write_if_changed(row, listed, timezone.now()))


def withdraw(network: SocialNetwork) -> None:
    """Withdraw what this account proved; call it within the transaction that ends its connection.

    The listed assets stay, marked as missing, so that a deletion request finds the provider's data.
    """
    if not adapter_for(network.network).asset_noun:
        return
    assets = Asset.objects.filter(network=network)
    proofs.unprove(network, assets)
    assets.filter(missing_since__isnull=True).update(missing_since=timezone.now())
    Discovery.objects.filter(network=network).delete()


def _network_connected(resource: SocialNetwork, **_: Any) -> None:
    schedule(resource)


def _network_gone(resource: SocialNetwork, **_: Any) -> None:
    withdraw(resource)


def _listed(network: SocialNetwork) -> list[Profile]:
    """List at the provider; raises an Outcome, or NotGranted without a call if the scope is missing."""
    adapter = adapter_for(network.network)
    credential: Credential | None = getattr(network, "credential", None)
    if credential is None:
        raise OurFault("no credential")
    if adapter.asset_scopes and credential.scopes and not set(adapter.asset_scopes) & set(credential.scopes):
        raise NotGranted(f"needs {' or '.join(adapter.asset_scopes)}")
    adapter.breaker.check()
    spending.take(network.network, calls=1, units=0, now=timezone.now())
    listed = with_living_token(credential, adapter.assets)
    spending.charge(network.network, adapter.listing_cost(len(listed)), timezone.now())
    return listed


def _postpone(row: Discovery, outcome: Outcome, now: datetime) -> str:
    """After an outage try again, later each time; after a used-up quota when it returns; else at the next listing.

    If a scope is missing, the reconnect that grants it makes a listing due at once, so until then once a week is
    enough. No outcome of a listing changes the connection's health.
    """
    adapter, rows = adapter_for(row.provider), Discovery.objects.filter(pk=row.pk)
    again: datetime | None
    if isinstance(outcome, HeldBack):
        rows.hold_back(row.lease_token, now + timedelta(seconds=outcome.retry_after or 60))
        return "postponed"
    if isinstance(outcome, OutOfCredit):
        again = adapter.quota_returns(now)
    elif isinstance(outcome, Unavailable):
        wait = back_off(row.failures, first=RETRY, most=DAILY)
        again = now + max(wait, timedelta(seconds=outcome.retry_after or 0))
    else:
        again = _next_listing(adapter, now, WEEKLY if isinstance(outcome, NotGranted) else DAILY)
    rows.postpone(row.lease_token, again, answer=outcome.detail[:200])
    return "postponed"


def _next_listing(adapter: Adapter, now: datetime, every: timedelta = DAILY) -> datetime | None:
    return now + every * random.uniform(0.9, 1.1) if adapter.relists else None


def _write_if_changed(row: Discovery, listed: list[Profile], now: datetime) -> str:
    """Write the list, unless it is the same as last time and no record needs its new numbers."""
    network, adapter, digest = row.network, adapter_for(row.provider), _digest(listed)
    if row.digest != digest or proofs.records_beside(network, adapter.asset_noun).exists():
        return _write_list(network, row.lease_token, listed, now)
    rows = Discovery.objects.filter(pk=row.pk)
    ours = rows.finish(row.lease_token, _next_listing(adapter, now), finished_at=now, answer="")
    return "listed" if ours else "overtaken"


def _digest(listed: list[Profile]) -> str:
    texts = sorted(json.dumps(asdict(profile), default=sorted, sort_keys=True) for profile in listed)
    return hashlib.blake2b("\n".join(texts).encode(), digest_size=16).hexdigest()


@transaction.atomic
def _write_list(network: SocialNetwork, token: int, listed: list[Profile], now: datetime) -> str:
    """Write the list, prove what is on it and withdraw what is lost, unless the connection has ended meanwhile."""
    lock_user(network.user_id)  # proving, submitting and disconnecting wait for each other
    records = proofs.lock_listed(network, listed)  # a suspension comes either before the proof or after it
    if not Discovery.objects.held(token).filter(pk=network.pk).select_for_update().exists():
        return "overtaken"  # another worker has the lease, or the account was connected again
    rows = SocialNetwork.objects.filter(pk=network.pk, verified=True, status__in=REFRESHED)
    connection = rows.select_for_update(no_key=True).first()
    if connection is None:
        return "overtaken"
    adapter = adapter_for(network.network)
    Asset.objects.keep(connection, adapter.asset_noun, listed, now)
    assets = {asset.provider_uid: asset for asset in connection.assets.order_by("provider_uid")}
    listed_assets = [assets.pop(uid) for uid in sorted({profile.uid for profile in listed})]
    if records and connection.status in VOUCHING:
        proofs.prove_records_of(connection, listed_assets)
    wait = _note_missing(connection, list(assets.values()), now)
    again = now + wait if wait else _next_listing(adapter, now)
    digest = (
        "" if assets else _digest(listed)
    )  # process the next list even if it is the same, to confirm what is missing
    Discovery.objects.filter(pk=network.pk).finish(token, again, finished_at=now, answer="", digest=digest)
    return "listed"


def _note_missing(network: SocialNetwork, missing: list[Asset], now: datetime) -> timedelta | None:
    """Withdraw assets that were missing before, too; return how soon to list again if others are newly missing."""
    confirmed = settings.CONNECT_CONFIRM_DEAD_AFTER
    lost = [asset for asset in missing if asset.missing_since and asset.missing_since <= now - confirmed]
    if lost:
        proofs.unprove(network, lost)
        Asset.objects.filter(pk__in=[asset.pk for asset in lost]).delete()
    newly_missing = [asset.pk for asset in missing if asset.missing_since is None]
    if newly_missing:
        Asset.objects.filter(pk__in=newly_missing).update(missing_since=now)
    return confirmed if len(missing) > len(lost) else None
