"""The calls that providers make. Nobody is signed in: the signature proves who calls."""

import json
from datetime import timedelta
from http import HTTPStatus
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from connect.api.answers import Answer
from connect.api.fields import MAX_BIGINT, StrictCharField, StrictIntegerField
from connect.api.strict_input import SECURITY_EVENT
from connect.api.views import ApiView, success
from connect.errors import ValidationFailed
from connect.network_table import Network
from connect.public_pages import page
from social_auth.callbacks.models import DeletionRequest
from social_auth.callbacks.requests import deletion_requested, page_removed_at_provider, removed_at_provider
from social_auth.callbacks.security_events import apply_event
from social_auth.providers.adapters import adapter_for
from social_auth.providers.youtube.tokens import read_security_event
from social_auth.wire.outcomes import ProviderUnavailable, Unavailable
from social_auth.wire.signatures import Forged, check_tiktok, moment, read_signed_request

META_WINDOW = timedelta(days=1)
TIKTOK_WINDOW = timedelta(days=4)
"""TikTok repeats a callback for 72 hours."""
EVENT_WINDOW = timedelta(days=7)
EARLY = timedelta(minutes=5)
TIKTOK_REASONS = {
    0: "removed at TikTok",
    1: "disconnected by the user at TikTok",
    2: "account deleted at TikTok",
    3: "the user's age changed at TikTok",
    4: "account banned at TikTok",
    5: "revoked by the developer at TikTok",
}


class SignedRequestInput(serializers.Serializer[Any]):
    signed_request = StrictCharField(max_length=8192, trim_whitespace=False)


class CallbackView(ApiView):
    writes = False
    reports_unknown_fields = False  # providers add fields, and read no header
    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]

    def refuse(self) -> ValidationFailed:
        return ValidationFailed("The signature does not fit", field="signature")


class MetaView(CallbackView):
    input_class = SignedRequestInput
    network: Network = Network.FACEBOOK
    label = ""

    def payload(self, request: Request) -> tuple[str, dict[str, Any]]:
        """Return the account's id and the signed payload; raises for a forged, late or malformed one."""
        text = self.input(request)["signed_request"]
        keys = settings.PROVIDER_CLIENT_SECRETS
        secrets = [keys["INSTAGRAM"], keys["FACEBOOK"]] if self.network == Network.INSTAGRAM else [keys["FACEBOOK"]]
        try:
            data = read_signed_request(text, secrets)
            data["sent"] = moment(data.get("issued_at"))
            data["signed"] = text.partition(".")[
                2
            ].encode()  # without the signature, which can be written in more than one way
        except Forged:
            raise self.refuse() from None
        uid = data.get("user_id") or data.get("profile_id")
        fresh = -EARLY <= timezone.now() - data["sent"] <= META_WINDOW
        if not fresh or not uid or not isinstance(uid, str | int) or isinstance(uid, bool):
            raise self.refuse()
        return str(uid), data


class MetaDeauthorize(MetaView):
    def post(self, request: Request) -> Answer:
        uid, data = self.payload(request)
        raw = data["signed"]
        reason = f"removed at {self.network.label}"
        if data.get("user_id"):
            removed_at_provider(self.network, uid, raw, sent=data["sent"], reason=reason)
        else:
            page_removed_at_provider(self.network, uid, raw)
        return success("Received")


class DeletionAnswer(serializers.Serializer[Any]):
    url = serializers.CharField()
    confirmation_code = serializers.CharField()


class MetaDataDeletion(MetaView):
    answer_class = DeletionAnswer

    def post(self, request: Request) -> Answer:
        uid, data = self.payload(request)
        raw = data["signed"]
        deletion = deletion_requested(self.network, uid, raw, sent=data["sent"])
        url = request.build_absolute_uri(reverse("deletion-status", args=[deletion.code]))
        return Answer({"url": url, "confirmation_code": deletion.code})


class SecurityEventView(CallbackView):
    """Google's Cross-Account Protection: one signed token (RFC 8935), answered 202."""

    content_types = (SECURITY_EVENT,)
    input_class: ClassVar[Any] = OpenApiTypes.STR
    success_status = HTTPStatus.ACCEPTED
    errors = (ProviderUnavailable(retry_after=30),)

    def post(self, request: Request) -> Answer:
        try:
            claims = read_security_event(adapter_for(Network.YOUTUBE), str(self.sent).strip())
            sent = moment(claims["iat"])
        except Forged:
            raise self.refuse() from None
        except Unavailable as outcome:
            raise outcome.as_api_error() from None
        if not -EARLY <= timezone.now() - sent <= EVENT_WINDOW:
            raise self.refuse()
        apply_event(claims, sent=sent)
        return success("Received", http_status=self.success_status)


@extend_schema_field({"type": "string", "pattern": r"^[^\x00]*$"})
class AnythingField(serializers.Field[Any, Any, Any, Any]):
    """Details in any form: the callback counts whatever they are."""

    def to_internal_value(self, data: Any) -> Any:
        return data


class TikTokInput(serializers.Serializer[Any]):
    client_key = StrictCharField()
    event = StrictCharField()
    create_time = StrictIntegerField(min_value=0, max_value=MAX_BIGINT)
    user_openid = StrictCharField(max_length=191)
    content = AnythingField(required=False, allow_null=True, help_text="JSON within a string, as TikTok sends it")


class TikTokCallback(CallbackView):
    input_class = TikTokInput

    def post(self, request: Request) -> Answer:
        raw = request._request.body
        try:
            check_tiktok(request.headers.get("TikTok-Signature", ""), raw, settings.PROVIDER_CLIENT_SECRETS["TIKTOK"])
            sent = moment(self.input(request)["create_time"])
        except Forged:
            raise self.refuse() from None
        callback = self.input(request)
        fresh = -EARLY <= timezone.now() - sent <= TIKTOK_WINDOW
        if not fresh or callback["client_key"] not in settings.PROVIDER_CLIENT_IDS["TIKTOK"]:
            raise self.refuse()
        if callback["event"] == "authorization.removed":
            reason = TIKTOK_REASONS.get(_reason(callback.get("content")), TIKTOK_REASONS[0])
            removed_at_provider(Network.TIKTOK, callback["user_openid"], raw, sent=sent, reason=reason)
        return success("Received")


def _reason(content: Any) -> int:
    """The reason in TikTok's `content`, which is JSON in a string; 0, unknown, if there is none."""
    try:
        details = json.loads(content) if isinstance(content, str) else content
    except (ValueError, RecursionError):
        return 0
    reason = details.get("reason") if isinstance(details, dict) else 0
    return reason if isinstance(reason, int) else 0


def deletion_status(request: HttpRequest, code: str) -> HttpResponse:
    """The page to which Meta sends the person who asked for the deletion."""
    deletion = get_object_or_404(DeletionRequest, code=code)
    return page(request, "callbacks/deletion_status.html", {"deletion": deletion})
