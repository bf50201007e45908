from typing import Any, cast

from django.utils import timezone
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from connect.api.answers import Answer
from connect.api.fields import ChoiceTextField, NetworkField, StrictCharField
from connect.api.views import ApiView, success
from connect.database.retries import retried
from connect.errors import PermissionDenied, ResourceNotFound
from connect.models import User
from social_auth.connections.credential_input import CredentialInput
from social_auth.connections.views import NoInput
from social_auth.privacy import erasure
from social_auth.privacy.export import export_of
from social_auth.privacy.fresh_proof import FreshProofRequired, mail_code, require_fresh_proof
from social_auth.privacy.models import ErasureReceipt
from social_auth.wire.outcomes import CredentialSpent, ProviderTokenDead, ProviderUnavailable, VerificationFailed

MAX_PASSWORD = 4096
STAFF = "An account of the staff is closed by an administrator"


class ExportAnswer(serializers.Serializer[Any]):
    exported_at = serializers.DateTimeField()
    tables = serializers.DictField(child=serializers.ListField(child=serializers.DictField()))


class AccountExport(ApiView):
    """Everything that is stored about the caller, as one JSON file, without tokens and passwords."""

    writes = False
    input_class = NoInput
    answer_class = ExportAnswer
    limits = ("user", "connect")

    def post(self, request: Request) -> Answer:
        self.input(request)
        now = timezone.now()
        file = f'attachment; filename="connect-export-{now:%Y-%m-%d}.json"'
        body = {"exported_at": now, "tables": export_of(request.user)}
        return Answer(body, headers={"Content-Disposition": file})


class EraseInput(CredentialInput):
    """A confirmation and one proof: `password`, `mailed_code`, or `network` with a `code` or fresh `id_token`."""

    confirm = ChoiceTextField(choices=["erase"], help_text="That the account is to be erased, for good")
    password = StrictCharField(required=False, allow_blank=True, max_length=MAX_PASSWORD, trim_whitespace=False)
    mailed_code = StrictCharField(required=False, allow_blank=True, max_length=32)
    network = NetworkField(required=False)

    def needed(self, data: dict[str, Any]) -> list[str]:
        return []  # checked with the provider's sign-in


class ErasureAnswer(serializers.Serializer[Any]):
    status = serializers.CharField(help_text="success")
    message = serializers.CharField()
    receipt = serializers.CharField(help_text="For the status call; the account cannot sign in any more")


class AccountErase(ApiView):
    """Erase the caller's account, for good. It is closed at once; connections and rows go in the background."""

    writes = False  # after it, nobody is left who could repeat it
    input_class = EraseInput
    answer_class = ErasureAnswer
    limits = ("user", "connect")
    errors = (
        PermissionDenied(STAFF),
        FreshProofRequired(),
        ProviderTokenDead(field="code"),
        VerificationFailed(reason="wrong_app"),
        ProviderUnavailable(retry_after=30),
        CredentialSpent(field="code"),
    )

    def post(self, request: Request) -> Answer:
        body, user = self.input(request), cast(User, request.user)
        if user.is_staff:
            raise PermissionDenied(STAFF)
        require_fresh_proof(request._request, user, body)
        receipt = retried(lambda: erasure.close(user))
        return Answer({"status": "success", "message": "Account erased", "receipt": receipt.code})


class AccountEraseCode(ApiView):
    """Mail the caller a code that proves who wants the account to be erased, for those who have no password."""

    writes = False  # a repeat mails a new code, and the earlier one becomes invalid
    input_class = NoInput
    limits = ("user", "connect")

    def post(self, request: Request) -> Answer:
        self.input(request)
        mail_code(request._request, cast(User, request.user))
        return success("Code mailed")


class ReceiptInput(serializers.Serializer[Any]):
    receipt = StrictCharField(max_length=24)


class ErasureStateAnswer(serializers.Serializer[Any]):
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
        body = {"receipt": receipt.code, **erasure.progress(receipt)}
        return Answer({**body, "requested_at": receipt.requested_at})
