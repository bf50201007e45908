"""Keeps the public ids of a creator's records unique, also when a handle passes from one account to another."""

from typing import Any

from django.db.models import Q
from django.utils import timezone

from connect.identity.columns import key_columns, same_account
from connect.identity.identity_keys import identity_keys, unambiguous_uid
from connect.moderation.workflow import Status
from networks.models import SocialNetwork
from social_auth.providers.records import Profile


def make_room(network: SocialNetwork, profile: Profile) -> None:
    """Free the account's public id for this record, and end the creator's other claims on the account, in any spelling.

    Call it within a transaction.
    """
    claims = Q(verified=False) & same_account(network.network, profile.keys(network.network))
    _end_or_rename(network, claims | Q(external_id=profile.external_id))


def free_public_id(network: SocialNetwork) -> None:
    """Take this record's public id from the creator's other records."""
    _end_or_rename(network, Q(external_id=network.external_id))


def _end_or_rename(network: SocialNetwork, which: Q) -> None:
    """Give proven records their stable id instead, and end claims."""
    records: Any = SocialNetwork.objects.filter(which, user_id=network.user_id, network=network.network)
    for other in records.exclude(pk=network.pk).exclude(status=Status.DISCONNECTED).order_by("pk"):
        if other.verified and other.provider_uid:
            keys = identity_keys(other.network, [unambiguous_uid(other.network, other.provider_uid)])
            SocialNetwork.objects.filter(pk=other.pk).update(
                external_id=other.provider_uid, **key_columns(keys), last_updated=timezone.now()
            )
        else:
            other.disconnect(by=None, reason=f"The same account as #{network.pk}")
