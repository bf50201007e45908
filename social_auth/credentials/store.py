"""Stores the credential of a proof: sealed, with its ends, and with the time of its renewal."""

from typing import Any

from django.utils import timezone

from networks.models import SocialNetwork
from social_auth.credentials.ends import first_end, first_ends
from social_auth.credentials.models import Credential
from social_auth.credentials.renewal_dates import renewal_due
from social_auth.providers.adapters import adapter_for
from social_auth.providers.records import Proof


def store_credential(network: SocialNetwork, proof: Proof, *, is_new: bool = False) -> dict[str, Any]:
    """Store the proof's tokens in place of the old ones, within the transaction that uses the proof.

    Returns columns of the network for the caller to write: when the connection ends, its scopes, and no doubts.
    """
    adapter, now = adapter_for(network.network), timezone.now()

    def dates(credential: Credential) -> dict[str, Any]:
        known_ends = {name: end for name, end in first_ends(adapter, proof, now).items() if end is not None}
        for name, end in known_ends.items():
            setattr(credential, name, end)
        return {"due_at": renewal_due(adapter, credential, now)}

    end, of_what = first_end(adapter, Credential.objects.store(network, proof, dates, is_new=is_new), now)
    granted = {"scopes_granted": list(proof.scopes), "scopes_missing": list(adapter.missing_scopes(proof.scopes))}
    return {"expires_at": end, "expires_what": of_what, "doubted_at": None, "unbelieved_at": None, **granted}
