from typing import Any, cast

from django.utils import timezone
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from connect.api.answers import Answer
from connect.api.fields import StrictCharField
from connect.api.views import ApiView
from connect.errors import PermissionDenied, ResourceNotFound
from connect.models import User
from social_auth.models import ErasureReceipt
from social_auth.personal_data import erasing
from social_auth.personal_data.exporting import everything
from social_auth.views import NoInput

STAFF = "An account of the staff is closed by an administrator"


class ExportAnswer(serializers.Serializer):
    exported_at = serializers.DateTimeField()
    tables = serializers.DictField(child=serializers.ListField(child=serializers.DictField()))


class AccountExport(ApiView):
    """Everything that we hold of the caller, as one JSON file. Tokens and passwords are not told to anybody."""

    writes = False
    input_class = NoInput
    answer_class = ExportAnswer
    limits = ("user", "connect")

    def post(self, request: Request) -> Answer:
        self.input(request)
        now = timezone.now()
        file = f'attachment; filename="connect-export-{now:%Y-%m-%d}.json"'
        told = {"exported_at": now, "tables": everything(request.user)}
        return Answer(told, headers={"Content-Disposition": file})


class ErasureAnswer(serializers.Serializer):
    status = serializers.CharField(help_text="success")
    message = serializers.CharField()
    receipt = serializers.CharField(help_text="For the status call; the account cannot sign in any more")


class AccountErase(ApiView):
    """Erase the caller's account: connections are ended and revoked, rows and history go, at once and for good."""

    writes = False  # there is nobody left to repeat it
    input_class = NoInput
    answer_class = ErasureAnswer
    errors = (PermissionDenied(STAFF),)

    def post(self, request: Request) -> Answer:
        self.input(request)
        user = cast(User, request.user)
        if user.is_staff:
            raise PermissionDenied(STAFF)
        receipt = erasing.erase(user)
        return Answer({"status": "success", "message": "Account erased", "receipt": receipt.code})


class ReceiptInput(serializers.Serializer):
    receipt = StrictCharField(max_length=24)


class ErasureStateAnswer(serializers.Serializer):
    receipt = serializers.CharField()
    state = serializers.ChoiceField(choices=["running", "done"])
    requested_at = serializers.DateTimeField()
    tokens_left = serializers.IntegerField(help_text="Tokens that a provider is still to revoke; then they are wiped")


class AccountEraseStatus(ApiView):
    """How far an erasure is, by its receipt; no sign-in, as there is no account any more."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    writes = False
    input_class = ReceiptInput
    answer_class = ErasureStateAnswer
    errors = (ResourceNotFound("receipt"),)

    def post(self, request: Request) -> Answer:
        receipt = ErasureReceipt.objects.filter(code=self.input(request)["receipt"]).first()
        if receipt is None:
            raise ResourceNotFound("receipt")
        left = receipt.revocations.filter(finished_at=None).count()
        state = {"receipt": receipt.code, "state": "running" if left else "done", "tokens_left": left}
        return Answer({**state, "requested_at": receipt.requested_at})
