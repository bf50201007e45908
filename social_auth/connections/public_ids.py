"""A creator's records of one network are of different accounts, also when handles pass from account to account."""

from typing import Any

from django.db.models import Q
from django.utils import timezone

from connect.identity.columns import key_columns, same_account
from connect.identity.identity_keys import identity_keys, unambiguous_uid
from connect.moderation.workflow import Status
from networks.models import SocialNetwork
from social_auth.providers.records import Profile


def make_room(network: SocialNetwork, profile: Profile) -> None:
    """Free the public id that this record's account has now, and end the creator's other claims on the account.

    They meant this very one, in whatever spelling. Call it within a transaction.
    """
    claims = Q(verified=False) & same_account(network.network, profile.keys(network.network))
    _end_or_rename(network, claims | Q(external_id=profile.external_id))


def free_public_id(network: SocialNetwork) -> None:
    """Let no other record of the creator go by the public id of this one."""
    _end_or_rename(network, Q(external_id=network.external_id))


def _end_or_rename(network: SocialNetwork, which: Q) -> None:
    """A proven record takes its stable id; a mere claim ends."""
    mine: Any = SocialNetwork.objects.filter(which, user_id=network.user_id, network=network.network)
    for other in mine.exclude(pk=network.pk).exclude(status=Status.DISCONNECTED).order_by("pk"):
        if other.verified and other.provider_uid:
            keys = identity_keys(other.network, [unambiguous_uid(other.network, other.provider_uid)])
            SocialNetwork.objects.filter(pk=other.pk).update(
                external_id=other.provider_uid, **key_columns(keys), last_updated=timezone.now()
            )
        else:
            other.disconnect(by=None, reason=f"The same account as #{network.pk}")
