"""A creator's records of one network have different public ids, also when handles pass from account to account."""

from django.utils import timezone

from connect.workflow import Status
from networks.models import SocialNetwork


def make_room(network: SocialNetwork, external_id: str) -> None:
    """Free the public id that this record's account has now, if another record of the same creator goes by it.

    A proven one takes its stable id; a mere claim meant this very account, and ends. Call it within a transaction.
    """
    others = SocialNetwork.objects.filter(user_id=network.user_id, network=network.network, external_id=external_id)
    for other in others.exclude(pk=network.pk).exclude(status=Status.DISCONNECTED).order_by("pk"):
        if other.verified and other.provider_uid:
            SocialNetwork.objects.filter(pk=other.pk).update(
                external_id=other.provider_uid, last_updated=timezone.now()
            )
        else:
            other.disconnect(by=None, reason=f"The same account as #{network.pk}")
