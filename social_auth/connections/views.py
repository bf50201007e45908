from typing import Any

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from connect.api.answers import Answer
from connect.api.views import ApiView, success, success_serializer
from connect.moderation.claims import AlreadyConnected, LimitReached
from connect.network_table import Network
from connect.retention import Data
from networks.models import SocialNetwork
from social_auth.connections.capabilities import network_types
from social_auth.connections.connection import connect_account
from social_auth.connections.credential_input import ConnectInput
from social_auth.providers.adapters import adapter_for
from social_auth.providers.challenges import Challenge
from social_auth.providers.records import Posted
from social_auth.wire.outcomes import (
    CredentialSpent,
    Outcome,
    ProviderTokenDead,
    ProviderUnavailable,
    VerificationFailed,
)


class RetentionSerializer(serializers.Serializer[Any]):
    data = serializers.ChoiceField(choices=Data.choices)  # type: ignore[assignment]
    days = serializers.IntegerField(allow_null=True)
    days_after_disconnect = serializers.IntegerField(allow_null=True)


class StepSerializer(serializers.Serializer[Any]):
    count = serializers.CharField()
    since = serializers.DateField()
    about = serializers.CharField()


class NetworkTypeSerializer(serializers.Serializer[Any]):
    network = serializers.ChoiceField(choices=Network.choices)
    connect_path = serializers.CharField()
    account_types = serializers.ListField(child=serializers.CharField())
    scopes = serializers.ListField(child=serializers.CharField())
    proof_levels = serializers.DictField(child=serializers.CharField())
    signs_in_with = serializers.ListField(child=serializers.CharField())
    pkce_required = serializers.BooleanField()
    pkce_challenge = serializers.ChoiceField(choices=[str(one) for one in Challenge if one], allow_null=True)
    fields = serializers.ListField(child=serializers.CharField())  # type: ignore[assignment]
    counted_anew = StepSerializer(many=True)
    assets = serializers.CharField(
        allow_null=True, help_text="What is discovered beside the account: page, wall, channel"
    )
    asset_scopes = serializers.ListField(child=serializers.CharField(), help_text="One of these is needed for that")
    optional_scopes = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="What the creator may allow beside, by what it is for: pages, boards, posts",
    )
    token_life_seconds = serializers.IntegerField(allow_null=True)
    renewal = serializers.CharField()
    retention = RetentionSerializer(many=True)
    open = serializers.BooleanField()
    closed_until = serializers.DateTimeField(allow_null=True)


class NetworkTypesAnswer(serializers.Serializer[Any]):
    network_types = NetworkTypeSerializer(many=True)


class NoInput(serializers.Serializer[Any]):
    pass


class NetworkTypes(ApiView):
    """What each network needs and gives, before anybody signs in there, and whether it is open."""

    writes = False
    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    input_class = NoInput
    answer_class = NetworkTypesAnswer

    def post(self, request: Request) -> Answer:
        self.input(request)
        return Answer({"network_types": network_types()})


class ConnectView(ApiView):
    """Connect an account by the token that the provider's SDK gave to the app."""

    input_class = ConnectInput
    answer_class = success_serializer("Connect", "network_id")
    network: Network = Network.FACEBOOK
    label = ""
    errors = (
        ProviderTokenDead(field="access_token"),
        VerificationFailed(reason="wrong_app"),
        ProviderUnavailable(retry_after=30),
        CredentialSpent(field="code"),
        AlreadyConnected(),
        LimitReached(),
    )
    calls_out = True
    limits = ("user", "connect")

    def post(self, request: Request) -> Answer:
        posted = Posted(**self.input(request, adapter=adapter_for(self.network)))
        key = getattr(request, "idempotency_key", None)

        def settled(network: SocialNetwork) -> None:
            if key is not None:
                key.store_answer(200, self.answer(network).data)

        try:
            return self.answer(connect_account(request.user, self.network, posted, settled))
        except Outcome as outcome:
            raise outcome.as_api_error(posted.credential) from None

    def answer(self, network: SocialNetwork) -> Answer:
        return success(f"{self.label} account connected successfully", network_id=network.pk)
