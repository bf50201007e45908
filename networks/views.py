from datetime import timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from connect.api.answers import Answer
from connect.api.fields import RecordIdField, StrictIntegerField
from connect.api.views import (
    CLAIM_CONFLICTS,
    ResourceAdd,
    ResourceAppeal,
    ResourceDisconnect,
    ResourceList,
    ResourceView,
    reference_errors,
    success,
    success_serializer,
)
from connect.errors import PermissionDenied
from connect.history import FollowerReading, growth
from connect.moderation.claims import LimitReached
from connect.moderation.quality import CountSource
from connect.retention import Data, allows
from networks.extra_data import EXTRA_DATA, checked_changes, update_extra
from networks.models import SocialNetwork


class NetworkList(ResourceList):
    model = SocialNetwork


class NetworkApproval(ResourceAdd):
    """Submit a network for approval. The approval is the network's own record: one review per record."""

    model = SocialNetwork
    answer_class = success_serializer("Approval", "approval_id")
    errors = (*CLAIM_CONFLICTS, LimitReached(), PermissionDenied.to("network"))

    @classmethod
    def describe(cls) -> None:
        cls.input_class = cls.model.submission

    def post(self, request: Request) -> Answer:
        network = SocialNetwork.objects.submit(user=request.user, **self.input(request))
        return success("Network submitted for approval", approval_id=network.pk)


class NetworkAppeal(ResourceAppeal):
    model = SocialNetwork


class NetworkStatusAnswer(serializers.ModelSerializer[Any]):
    always = ("status", "verified", "followers", "engagement_rate", "last_updated")

    class Meta:
        model = SocialNetwork
        fields = ("status", "verified", "followers", "engagement_rate", "last_updated")


class NetworkStatus(ResourceView):
    writes = False
    model = SocialNetwork
    input_class = SocialNetwork.reference
    answer_class = NetworkStatusAnswer
    errors = reference_errors("network")

    def post(self, request: Request) -> Answer:
        network = SocialNetwork.objects.get_for(request.user, self.input(request)["network_id"])
        return Answer({name: getattr(network, name) for name in NetworkStatusAnswer.Meta.fields})


class HistoryInput(serializers.Serializer[Any]):
    network_id = RecordIdField()
    days = StrictIntegerField(min_value=1, max_value=3660, required=False, default=30)


class ReadingAnswer(serializers.Serializer[Any]):
    date = serializers.DateField()
    followers = serializers.IntegerField()
    source = serializers.ChoiceField(choices=CountSource.choices)  # type: ignore[assignment]
    as_of = serializers.DateTimeField()


class GrowthAnswer(serializers.Serializer[Any]):
    since = serializers.DateField()
    until = serializers.DateField()
    followers = serializers.IntegerField(help_text="How many more, or fewer")
    percent = serializers.FloatField(allow_null=True)


class HistoryAnswer(serializers.Serializer[Any]):
    network_id = serializers.IntegerField()
    days = serializers.IntegerField()
    history = ReadingAnswer(many=True)
    growth = GrowthAnswer(allow_null=True)


class NetworkHistory(ResourceView):
    """One reading a UTC day, oldest first; days without one are left out."""

    writes = False
    model = SocialNetwork
    input_class = HistoryInput
    answer_class = HistoryAnswer
    errors = reference_errors("network")

    def post(self, request: Request) -> Answer:
        query = self.input(request)
        network = SocialNetwork.objects.get_for(request.user, query["network_id"])
        since = timezone.now().date() - timedelta(days=query["days"] - 1)
        readings = FollowerReading.objects.of(network, since=since)
        derived = growth(readings) if allows(network.network, Data.DERIVED) else None
        return Answer({"network_id": network.pk, "days": query["days"], "history": readings, "growth": derived})


class NetworkDisconnect(ResourceDisconnect):
    model = SocialNetwork


@extend_schema_field(EXTRA_DATA)
class ExtraDataField(serializers.Field[Any, Any, Any, Any]):
    def to_internal_value(self, data: Any) -> dict[str, Any]:
        return checked_changes(data)


class NetworkExtraInput(serializers.Serializer[Any]):
    network_id = RecordIdField()
    extra_data = ExtraDataField()


class NetworkExtraUpdate(ResourceView):
    model = SocialNetwork
    input_class = NetworkExtraInput
    errors = reference_errors("network")

    def post(self, request: Request) -> Answer:
        body = self.input(request)
        update_extra(body["network_id"], body["extra_data"], by=request.user)
        return success("Network extra information updated successfully")
