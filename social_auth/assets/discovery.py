"""What else a connected account holds: its pages, channels, boards and organisations are listed in the background.

A submitted page that is among them is proven by that, and refreshed with every later listing. One that is missing
twice, some time apart, is lost: its record loses `verified`, and keeps its approval.
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
"""What all calls of one listing may take together."""
LEASE = timedelta(minutes=5)
DAILY, WEEKLY = timedelta(days=1), timedelta(days=7)
RETRY = timedelta(minutes=10)
ROUND = timedelta(seconds=60)
MOST = 10
"""How many of a network may be under way."""


class NotGranted(MissingScope):
    """Known by the credential's scopes, without asking."""


DISCOVERY = DueWork(
    name="discovery",
    lanes=lambda now: [adapter.network for adapter in ADAPTERS.values() if adapter.asset_noun],
    rows=lambda network: Discovery.objects.filter(provider=network),
    room=lambda network, leased, now: room_for_calls(network, leased, now, most=MOST, ahead=ROUND),
    lease=lambda: LEASE,
)


def listen() -> None:
    network_connected.connect(_network_connected, sender=SocialNetwork, dispatch_uid="discovery")
    network_displaced.connect(_network_gone, sender=SocialNetwork, dispatch_uid="discovery")
    resource_disconnected.connect(_network_gone, sender=SocialNetwork, dispatch_uid="discovery")
    for noun, model in proofs.KINDS.items():
        resource_claimed.connect(proofs.prove_claim, sender=model, dispatch_uid=f"claim of a {noun}")


def schedule(network: SocialNetwork) -> None:
    """Let what the account administers be listed soon; within the transaction that connects it."""
    if adapter_for(network.network).asset_noun:
        Discovery.objects.schedule(network)
        enqueue("social_auth.assets.tasks.discover", queue=f"discovery.{network.network}", pk=network.pk)


def discover(pk: int) -> str:
    """List what one connected account administers, if that is due and nobody else does; return a word on it."""
    provider = Discovery.objects.filter(pk=pk).values_list("provider", flat=True).first()
    claim = DISCOVERY.claim_one(pk, provider, timezone.now()) if provider else None
    return work_off(claim) if claim else "in other hands"


def work_off(claim: Claim) -> str:
    """List for those that were claimed and are still ours; return a word on the last one."""
    word = "in other hands"
    for row in DISCOVERY.begin(claim, timezone.now(), "network__credential"):
        word = _discover(row)
    return word


def _discover(row: Discovery) -> str:
    network = row.network
    if not (network.verified and network.status in REFRESHED):  # suspended, and perhaps reinstated one day
        Discovery.objects.filter(pk=row.pk).hold_back(row.lease_token, timezone.now() + DAILY)
        return "not connected"
    http.release_database()
    try:
        with http.within(SECONDS):
            found = _listed(network)
    except Outcome as outcome:
        return _postpone(row, outcome, timezone.now())
    return retried(lambda: _keep_news(row, found, timezone.now()))


def withdraw(network: SocialNetwork) -> None:
    """Take `verified` from what this account proved; within the transaction that ends its connection.

    The list is kept out of sight, so that a deletion request finds what came from the provider.
    """
    assets = Asset.objects.filter(network=network)
    proofs.unprove(network, assets)
    assets.filter(missing_since__isnull=True).update(missing_since=timezone.now())
    Discovery.objects.filter(network=network).delete()


def _network_connected(resource: SocialNetwork, **_: Any) -> None:
    schedule(resource)


def _network_gone(resource: SocialNetwork, **_: Any) -> None:
    withdraw(resource)


def _listed(network: SocialNetwork) -> list[Profile]:
    """Ask the provider; raises an Outcome, NotGranted without asking if the scope is known to be missing."""
    adapter = adapter_for(network.network)
    credential: Credential | None = getattr(network, "credential", None)
    if credential is None:
        raise OurFault("no credential")
    if adapter.asset_scopes and credential.scopes and not set(adapter.asset_scopes) & set(credential.scopes):
        raise NotGranted(f"needs {' or '.join(adapter.asset_scopes)}")
    adapter.breaker.check()
    spending.take(network.network, calls=1, units=0, now=timezone.now())
    found = with_living_token(credential, adapter.assets)
    spending.charge(network.network, adapter.listing_cost(len(found)), timezone.now())
    return found


def _postpone(row: Discovery, outcome: Outcome, now: datetime) -> str:
    """Again after an outage, later each time, or when a quota returns; after anything else with the next listing.

    A scope comes with the next connect, which lets it be listed at once: until then it is looked at now and then. The
    outcome says nothing of the connection.
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


def _keep_news(row: Discovery, found: list[Profile], now: datetime) -> str:
    """Write the list, unless it is the one that was written last and there is no record that it would date anew."""
    network, adapter, digest = row.network, adapter_for(row.provider), _digest(found)
    if row.digest != digest or proofs.records_beside(network, adapter.asset_noun).exists():
        return _keep(network, row.lease_token, found, now)
    rows = Discovery.objects.filter(pk=row.pk)
    done = rows.finish(row.lease_token, _next_listing(adapter, now), finished_at=now, answer="")
    return "listed" if done else "overtaken"


def _digest(found: list[Profile]) -> str:
    said = sorted(json.dumps(asdict(profile), default=sorted, sort_keys=True) for profile in found)
    return hashlib.blake2b("\n".join(said).encode(), digest_size=16).hexdigest()


@transaction.atomic
def _keep(network: SocialNetwork, token: int, found: list[Profile], now: datetime) -> str:
    """Write the list, prove what is on it and take back what is lost, unless the connection ended meanwhile."""
    lock_user(network.user_id)  # proving, submitting and disconnecting wait for each other
    records = proofs.lock_listed(network, found)  # a proof sees suspensions before it, later ones see the proof
    if not Discovery.objects.held(token).filter(pk=network.pk).select_for_update().exists():
        return "overtaken"  # the lease passed to somebody else, or the account was connected anew
    rows = SocialNetwork.objects.filter(pk=network.pk, verified=True, status__in=REFRESHED)
    held = rows.select_for_update(no_key=True).first()
    if held is None:
        return "overtaken"
    adapter = adapter_for(network.network)
    Asset.objects.keep(held, adapter.asset_noun, found, now)
    assets = {asset.provider_uid: asset for asset in held.assets.order_by("provider_uid")}
    seen = [assets.pop(uid) for uid in sorted({profile.uid for profile in found})]
    if records and held.status in VOUCHING:
        proofs.prove_records_of(held, seen)
    wait = _note_missing(held, list(assets.values()), now)
    again = now + wait if wait else _next_listing(adapter, now)
    digest = "" if assets else _digest(found)  # what is missing is looked at again, whatever the next list says
    Discovery.objects.filter(pk=network.pk).finish(token, again, finished_at=now, answer="", digest=digest)
    return "listed"


def _note_missing(network: SocialNetwork, missing: list[Asset], now: datetime) -> timedelta | None:
    """Take back what was missing before as well; return when to look again for what is missing for the first time."""
    confirmed = settings.CONNECT_CONFIRM_DEAD_AFTER
    lost = [asset for asset in missing if asset.missing_since and asset.missing_since <= now - confirmed]
    if lost:
        proofs.unprove(network, lost)
        Asset.objects.filter(pk__in=[asset.pk for asset in lost]).delete()
    news = [asset.pk for asset in missing if asset.missing_since is None]
    if news:
        Asset.objects.filter(pk__in=news).update(missing_since=now)
    return confirmed if len(missing) > len(lost) else None
