"""Proves who signs in. Tokens from an exchanged code go to that account's connection, or are revoked."""

from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.utils import timezone

from connect.audit.context import audited
from connect.database.retries import retried_once
from connect.moderation.workflow import Health, HealthCause, Level, Status
from networks.models import SocialNetwork
from social_auth.budgets.payment import paid
from social_auth.connections.connection import spend_once
from social_auth.connections.tokens import obtained
from social_auth.credentials.health import healed_by
from social_auth.credentials.store import store_credential
from social_auth.providers.base import Adapter
from social_auth.providers.calls import proving_a_bare_token
from social_auth.providers.records import Posted, Proof
from social_auth.wire import http
from social_auth.wire.outcomes import Unproven


def prove_person(adapter: Adapter, posted: Posted, asker: Any = None) -> Proof:
    """Return the proof of who signs in, by a credential for our app; raises an Outcome, such as Unproven.

    `asker` is the signed-in user who posted the credential, if any; only they can repeat a call after an exchange.
    """
    http.release_database()
    with obtained(adapter, posted, asker) as obtained_tokens:
        with paid(adapter.network, adapter.identify_cost), proving_a_bare_token(obtained_tokens.tokens):
            proof = adapter.identify(obtained_tokens.tokens)
        if proof.level != Level.APP or not proof.account_uid:
            raise Unproven
        if not retried_once(lambda: _settle(adapter, proof)):
            obtained_tokens.unwanted_of = proof.profile.uid
    return proof


def _settle(adapter: Adapter, proof: Proof) -> bool:
    """Use the proof, once; return whether a connection took the credential that came with it. In a transaction."""
    spend_once(proof)
    return proof.exchanged and adapter.suffices(proof.scopes) and _keep(adapter, proof)


def _keep(adapter: Adapter, proof: Proof) -> bool:
    """Store the credential in the connections of the user whom that account signs in."""
    owner = SocialAccount.objects.filter(provider=adapter.provider_id, uid=proof.account_uid).first()
    rows = SocialNetwork.objects.of_account(adapter.network, proof.account_uid)
    proven = rows.filter(user_id=owner.user_id if owner else None, verified=True, verification_level=Level.APP)
    networks = list(proven.exclude(status=Status.DISCONNECTED).select_for_update(no_key=True).order_by("pk"))
    with audited(action="sign_in", by=owner.user if owner else None):
        for network in networks:
            SocialNetwork.objects.filter(pk=network.pk).update(**store_credential(network, proof))
            healed = SocialNetwork.objects.filter(healed_by(HealthCause.CREDENTIAL), pk=network.pk)
            now = timezone.now()
            healed.update(health=Health.HEALTHY, health_since=now, health_cause="", last_updated=now)
    return bool(networks)
