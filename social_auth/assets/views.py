from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from connect.api.answers import Answer
from connect.api.views import ResourceView, reference_errors
from connect.database.single_rows import get_row
from connect.moderation.workflow import Status
from connect.network_table import Network
from networks.models import SocialNetwork
from social_auth.assets.models import Asset, Discovery
from social_auth.assets.proofs import with_records
from social_auth.providers.adapters import adapter_for


class AssetSerializer(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=["page", "wall", "channel"], help_text="What to submit it as")
    network = serializers.ChoiceField(choices=Network.choices)
    asset_id = serializers.CharField(help_text="The id to submit it with")
    name = serializers.CharField()
    url = serializers.CharField()
    followers = serializers.IntegerField(allow_null=True)
    added = serializers.BooleanField()
    resource_id = serializers.IntegerField(allow_null=True, help_text="Our id of it, once it is added")
    status = serializers.ChoiceField(choices=Status.choices, allow_null=True)
    verified = serializers.BooleanField()


STATES = {
    "listed": "This is what the account administers",
    "waiting": "The account is listed in a moment",
    "failed": "The account could not be listed, and will be again",
    "not_offered": "Accounts of this network administer nothing that can be added",
    "not_connected": "Only a connected account is listed",
}


class AssetsAnswer(serializers.Serializer[Any]):
    network_id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=list(STATES.items()), help_text="How far the list is")
    discovered_at = serializers.DateTimeField(allow_null=True, help_text="Null until the account was listed")
    assets = AssetSerializer(many=True)


class NetworkAssets(ResourceView):
    """The pages, boards, channels or organisations that a connected account administers, and which are added."""

    writes = False
    model = SocialNetwork
    input_class = SocialNetwork.reference
    answer_class = AssetsAnswer
    errors = reference_errors("network")

    def post(self, request: Request) -> Answer:
        network = SocialNetwork.objects.get_for(request.user, self.input(request)["network_id"])
        assets = Asset.objects.filter(network=network, missing_since__isnull=True).order_by("name", "pk")
        discovery = get_row(Discovery, network.pk)
        finished_at = discovery.finished_at if discovery else None
        listed = [described(network, asset, record) for asset, record in with_records(network, assets)]
        return Answer(
            {
                "network_id": network.pk,
                "state": state_of(network, discovery),
                "discovered_at": finished_at,
                "assets": listed,
            }
        )


def state_of(network: SocialNetwork, discovery: Discovery | None) -> str:
    if not adapter_for(network.network).asset_noun:
        return "not_offered"
    if discovery is None or not network.verified:
        return "not_connected"
    if discovery.answer:
        return "failed"
    return "listed" if discovery.finished_at else "waiting"


def described(network: SocialNetwork, asset: Asset, record: Any) -> dict[str, Any]:
    return {
        "type": asset.noun,
        "network": network.network,
        "asset_id": asset.provider_uid,
        "name": asset.name,
        "url": asset.url,
        "followers": asset.followers,
        "added": record is not None,
        "resource_id": record.pk if record else None,
        "status": record.status if record else None,
        "verified": bool(record and record.verified),
    }
