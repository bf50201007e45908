"""The call that makes a link; its pages are in `link_pages.py`."""

from typing import Any, cast

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from connect.api.answers import Answer
from connect.api.fields import NetworkField, RecordIdField, StrictCharField
from connect.api.views import ApiView, reference_errors, success, success_serializer
from connect.errors import ValidationFailed
from connect.models import User
from connect.return_urls import LONGEST, may_return_to
from networks.models import SocialNetwork
from social_auth.connections.links import address_of_link
from social_auth.connections.models import ConnectLink
from social_auth.providers.adapters import ADAPTERS, adapter_for
from social_auth.providers.values import scope_names

MOST_SCOPES = 20


@extend_schema_field({"type": "array", "items": {"type": "string"}, "maxItems": MOST_SCOPES})
class ScopesField(serializers.Field[Any, Any, Any, Any]):
    """Scopes as in `scopes_missing` of `/api/get/networks/`; in a form, separated by spaces."""

    default_error_messages = {"invalid": "A list of scopes is needed"}

    def to_internal_value(self, data: Any) -> list[str]:
        if not isinstance(data, list | str) or (
            isinstance(data, list) and not all(isinstance(scope, str) for scope in data)
        ):
            self.fail("invalid")
        scopes = scope_names(data)
        if len(scopes) > MOST_SCOPES:
            self.fail("invalid")
        return list(scopes)


class LinkInput(serializers.Serializer[Any]):
    network = NetworkField(required=False, help_text="Only that one; left out, the creator chooses")
    network_id = RecordIdField(required=False, help_text="Reconnect this record: the same account, and no other")
    return_url = StrictCharField(
        max_length=LONGEST, required=False, trim_whitespace=False, help_text="One of those that are listed with us"
    )
    scopes = ScopesField(required=False, help_text="Of the optional ones, those that the page proposes")

    def validate_return_url(self, url: str) -> str:
        if not may_return_to(url, settings.CONNECT_RETURN_URLS):
            raise serializers.ValidationError("This address is not listed in CONNECT_RETURN_URLS")
        return url

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        adapters = [adapter_for(data["network"])] if "network" in data else list(ADAPTERS.values())
        all_scopes = {scope for adapter in adapters for scope in adapter.all_scopes}
        if not set(data.get("scopes", ())) <= all_scopes:
            raise serializers.ValidationError({"scopes": "Not a scope that we ask for"})
        return data


LinkAnswer = type(
    "LinkAnswer",
    (success_serializer("Link"),),
    {
        "url": serializers.CharField(help_text="To be opened in a browser, once"),
        "expires_at": serializers.DateTimeField(),
    },
)


class LinkView(ApiView):
    """Make a link for one use within a quarter of an hour, by which the caller connects an account in a browser.

    Anybody who has it can connect an account to the caller's: hand it to nobody else. It signs nobody in.
    """

    writes = False  # a second link does no harm, and a stored answer would contain the secret
    input_class = LinkInput
    answer_class = LinkAnswer
    errors = reference_errors("network")
    limits = ("user", "connect")

    def post(self, request: Request) -> Answer:
        body = self.input(request)
        record = self.record(request, body)
        network = record.network if record else body.get("network", "")
        wishes = {"scopes": body.get("scopes", []), "return_url": body.get("return_url", "")}
        link, secret = ConnectLink.objects.make(cast(User, request.user), network=network, record=record, **wishes)
        url = address_of_link(secret, request._request)
        return success("Open this link in a browser", url=url, expires_at=link.expires_at)

    def record(self, request: Request, body: dict[str, Any]) -> SocialNetwork | None:
        if "network_id" not in body:
            return None
        record: SocialNetwork = SocialNetwork.objects.get_for(request.user, body["network_id"])
        if body.get("network", record.network) != record.network:
            raise ValidationFailed("The record is of another network", field="network")
        return record
