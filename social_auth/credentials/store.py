"""Keeping the credential that a proof brought: sealed, with its ends, and with the day when it is to be renewed."""

from typing import Any

from django.utils import timezone

from networks.models import SocialNetwork
from social_auth.credentials.ends import first_end, first_ends
from social_auth.credentials.models import Credential
from social_auth.credentials.renewal_dates import renewal_due
from social_auth.providers.adapters import adapter_for
from social_auth.providers.records import Proof


def store_credential(network: SocialNetwork, proof: Proof) -> dict[str, Any]:
    """Put the proof's tokens in place of what was there; within the transaction that takes the proof.

    Returns the columns of the network for the caller to write: when the connection ends, and that nobody doubts it.
    """
    adapter, now = adapter_for(network.network), timezone.now()

    def dates(credential: Credential) -> dict[str, Any]:
        told = {name: end for name, end in first_ends(adapter, proof, now).items() if end is not None}
        for name, end in told.items():
            setattr(credential, name, end)
        return {"due_at": renewal_due(adapter, credential, now)}

    end, what = first_end(adapter, Credential.objects.store(network, proof, dates), now)
    granted = {"scopes_granted": list(proof.scopes), "scopes_missing": list(adapter.lacking(proof.scopes))}
    return {"expires_at": end, "expires_what": what, "doubted_at": None, "unbelieved_at": None, **granted}
