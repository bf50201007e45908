"""Connects an account: first the provider proves it, then one transaction decides and writes whose it is."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Q
from django.utils import timezone

from connect.audit.context import audited
from connect.database.retries import retried_once
from connect.identity.columns import same_account
from connect.identity.identity_keys import identity_keys
from connect.models import SocialResourceQuerySet
from connect.moderation.claims import (
    AlreadyConnected,
    accept_by_policy,
    check_limit,
)
from connect.moderation.flags import Flag
from connect.moderation.locks import lock_claim
from connect.moderation.standing import Standing, standing_of
from connect.moderation.workflow import LIVE, Health, Level, Status
from connect.seen_once import SeenOnce
from connect.signals import network_connected, network_displaced
from networks.models import SocialNetwork
from social_auth.budgets.cadence import next_refresh
from social_auth.budgets.payment import paid
from social_auth.connections.proofs import flag_rivals, settle_proof, write_proof
from social_auth.connections.public_ids import free_public_id, make_room
from social_auth.connections.sign_ins import (
    IN_USE_ELSEWHERE,
    OnlyWayIn,
    lock_known_sign_in,
    report_attempt,
    update_sign_in,
)
from social_auth.connections.tokens import obtained
from social_auth.credentials.models import Credential
from social_auth.credentials.store import store_credential
from social_auth.providers.adapters import adapter_for
from social_auth.providers.base import Adapter
from social_auth.providers.calls import proving_a_bare_token
from social_auth.providers.records import Posted, Profile, Proof
from social_auth.wire import http
from social_auth.wire.outcomes import NotConnectable, TokenDead

CONNECT_SECONDS = 12.0
Settled = Callable[[SocialNetwork], None]


def connect_account(
    user: Any, network: str, posted: Posted, settled: Settled = lambda _: None, *, may_sign_in: bool = True
) -> SocialNetwork:
    """Verify what the app posted and connect the account; raises an Outcome or an ApiError, and then stores nothing.

    `settled` is called with the record at the end of the transaction; if it raises, everything is rolled back. Without
    `may_sign_in` the account will not sign the user in: whoever has a link may not be that user. Tokens from an
    exchange are never lost: they go to the record, wait for a repeat of the call if the provider or the database is
    away, or are revoked.
    """
    adapter = adapter_for(network)
    if not adapter.configured:
        raise NotConnectable("no keys")
    with http.within(CONNECT_SECONDS):
        return _connect(user, adapter, posted, settled, may_sign_in=may_sign_in)


def _connect(user: Any, adapter: Adapter, posted: Posted, settled: Settled, *, may_sign_in: bool) -> SocialNetwork:
    network = adapter.network
    http.release_database()
    try:
        with obtained(adapter, posted, user) as obtained_tokens:
            with paid(network, adapter.prove_cost), proving_a_bare_token(obtained_tokens.tokens):
                proof = adapter.prove(obtained_tokens.tokens, posted.user_id)
            return retried_once(lambda: _settle_proof(user, adapter, proof, settled, may_sign_in=may_sign_in))
    except OnlyWayIn as refusal:
        report_attempt(refusal, network)
        raise


def _settle_proof(user: Any, adapter: Adapter, proof: Proof, settled: Settled, *, may_sign_in: bool) -> SocialNetwork:
    """Decide and write within one transaction; if its COMMIT is not answered, look up whether it happened."""
    with audited(action="connect", by=user):
        spend_once(proof)
        sign_in = lock_known_sign_in(user, adapter, proof.account_uid)
        keys = proof.profile.keys(adapter.network)
        lock_claim(SocialNetwork, user.pk, adapter.network, keys, uid=proof.profile.uid)
        network = _settle(user, adapter, proof, _standing(user, adapter, proof.profile, keys))
        update_sign_in(user, adapter, proof, sign_in, may_begin=may_sign_in)
        settled(network)
        return network


def spend_once(proof: Proof) -> None:
    """Raise TokenDead for an id_token that was used before. Call it in a transaction, so that a rollback frees it."""
    if proof.single_use_signature and not SeenOnce.objects.first_time("id_token", proof.single_use_signature):
        outcome = TokenDead("id_token used before")
        outcome.field = "id_token"
        raise outcome


def _settle(user: Any, adapter: Adapter, proof: Proof, standing: Standing) -> SocialNetwork:
    if standing.held_elsewhere:
        _displace_owner(user, adapter, proof)
    network = _own_record(user, adapter, proof.profile) if standing.own else None
    if network is None:
        network = _first_connect(user, adapter, proof, standing)
    elif network.status == Status.DISCONNECTED:
        _reconnect(network, user, standing)
    elif not _improves(network, proof):
        raise AlreadyConnected
    if standing.own:
        make_room(network, proof.profile)
    _apply(network, proof, store_credential(network, proof, is_new=not standing.own))
    if not standing.is_plain:
        settle_proof(network, proof.profile.keys(adapter.network))
        names = {*proof.profile.keys(adapter.network), *identity_keys(adapter.network, [network.url])}
        standing = _standing(user, adapter, proof.profile, names)  # it may have been claimed by another URL
    if standing.suspended_before:
        network.raise_flag(Flag.SUSPENDED_BEFORE)
    accept_by_policy(network, proof.level)
    if standing.proven_elsewhere is not None:
        flag_rivals(network, proof.profile, url=network.url)
    network_connected.send(SocialNetwork, resource=network)
    return network


def _standing(user: Any, adapter: Adapter, profile: Profile, names: Iterable[str]) -> Standing:
    ids = {"external_id": profile.external_id, "uid": profile.uid}
    return standing_of(SocialNetwork, user.pk, adapter.network, names, **ids)


def _displace_owner(user: Any, adapter: Adapter, proof: Proof) -> None:
    """Displace another creator who has the account by a weaker proof; raises AlreadyConnected if theirs is not."""
    owner = _live_proof(adapter, proof).exclude(user_id=user.pk).select_for_update(no_key=True).first()
    if owner is None:
        return
    if not (proof.level == Level.APP and owner.verification_level == Level.USER):
        raise AlreadyConnected(IN_USE_ELSEWHERE)
    columns = {
        "verified": False,
        "verification_level": Level.NONE,
        "health": Health.NONE,
        "health_since": timezone.now(),
        "next_refresh_at": None,
        "lease_until": None,
        **owner.over,
    }
    if owner.status in (Status.ACCEPTED, Status.PENDING):
        owner.transition("review_again", by=None, reason="Somebody proved this account for our app", **columns)
    else:
        SocialNetwork.objects.filter(pk=owner.pk).update(**columns)
    owner.raise_flag(Flag.DISPLACED)
    Credential.objects.filter(pk=owner.pk).delete()
    network_displaced.send(SocialNetwork, resource=owner)


def _live_proof(adapter: Adapter, proof: Proof) -> SocialResourceQuerySet:
    """The live proven record of that account, of any creator."""
    proven = SocialNetwork.objects.filter(network=adapter.network, provider_uid=proof.profile.uid, verified=True)
    return proven.exclude(status=Status.DISCONNECTED)


def _own_record(user: Any, adapter: Adapter, profile: Profile) -> SocialNetwork | None:
    """Return the user's record of that account, proven before or claimed under one of its names.

    A suspended record comes first, so that no other record evades the suspension; then live ones.
    """
    claimed = Q(verified=False) & same_account(adapter.network, profile.keys(adapter.network))
    own = SocialNetwork.objects.owned_by(user).filter(network=adapter.network)
    rows = own.filter(Q(provider_uid=profile.uid) | (claimed & Q(provider_uid__isnull=True)))
    records = list(rows.select_for_update(no_key=True).order_by("-pk"))
    records.sort(key=_precedence)
    return records[0] if records else None


def _precedence(row: SocialNetwork) -> tuple[bool, ...]:
    proven = row.provider_uid is not None
    return not row.is_suspended, row.is_suspended and not proven, row.status == Status.DISCONNECTED, not proven


def _first_connect(user: Any, adapter: Adapter, proof: Proof, standing: Standing) -> SocialNetwork:
    check_limit(SocialNetwork, standing)
    profile = proof.profile
    return SocialNetwork.objects.create(
        user=user,
        network=adapter.network,
        external_id=profile.uid,  # replaced by the public id with the rest of the proof
        url=profile.url or adapter.home,
    )


def _reconnect(network: SocialNetwork, user: Any, standing: Standing) -> None:
    if network.disconnected_from in LIVE:
        check_limit(SocialNetwork, standing)
    free_public_id(network)
    network.transition("reconnect", by=user, disconnected_from="")


def _improves(network: SocialNetwork, proof: Proof) -> bool:
    """Whether connecting again gains anything: a stronger proof, a repair, or a credential that lasts longer.

    An exchanged credential must be stored in any case, as the exchange may have invalidated the old one.
    """
    level = Level(network.verification_level)
    if proof.exchanged or network.health != Health.HEALTHY or level.stronger(proof.level) != level:
        return True
    credential = Credential.objects.filter(pk=network.pk).first()
    life = adapter_for(network.network).token_life
    return credential is None or credential.outlived_by(proof.expires_at) or credential.is_over(life)


def _apply(network: SocialNetwork, proof: Proof, ends: dict[str, Any]) -> None:
    """Write the proof over the claim, and schedule the next reading."""
    now = timezone.now()
    write_proof(
        network,
        proof.profile,
        Level(network.verification_level).stronger(proof.level),
        now,
        external_id=proof.profile.external_id,
        next_refresh_at=next_refresh(network.network, now),
        lease_until=None,
        **ends,
    )
