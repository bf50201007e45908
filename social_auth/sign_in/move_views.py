from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from connect.api.answers import Answer
from connect.api.fields import NetworkField
from connect.api.views import ApiView, success
from social_auth.connections.credential_input import TokenField
from social_auth.providers.adapters import adapter_for
from social_auth.providers.records import Posted
from social_auth.sign_in.fresh_sign_in import FreshSignInRequired, require_fresh_sign_in
from social_auth.sign_in.moves import SignInStays, move_sign_in
from social_auth.wire.outcomes import (
    CredentialSpent,
    Outcome,
    ProviderTokenDead,
    ProviderUnavailable,
    VerificationFailed,
)


class SignInMoveInput(serializers.Serializer[Any]):
    """Takes a code only: it is minutes old, and our own secret exchanges it. A token may be weeks old and stolen."""

    network = NetworkField()
    code = TokenField(help_text="Of the sign-in at the provider")
    code_verifier = TokenField(help_text="Of PKCE, where the network requires it")
    redirect_uri = TokenField()

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        needed = ["code", "redirect_uri", *(["code_verifier"] if adapter_for(data["network"]).pkce else [])]
        missing = {name: "This field is required." for name in needed if not data[name]}
        if missing:
            raise serializers.ValidationError(missing, code="required")
        return data


class SignInMove(ApiView):
    """Let a provider's account sign in the caller, and no longer another user; both get a mail.

    It takes a fresh sign-in here and, by a code, at the provider.
    """

    input_class = SignInMoveInput
    calls_out = True
    limits = ("user", "connect")
    errors = (
        ProviderTokenDead(field="code"),
        VerificationFailed(reason="wrong_app"),
        ProviderUnavailable(retry_after=30),
        CredentialSpent(field="code"),
        FreshSignInRequired(),
        SignInStays(),
    )

    def post(self, request: Request) -> Answer:
        body = self.input(request)
        require_fresh_sign_in(request)
        key = getattr(request, "idempotency_key", None)
        answer = success("This account signs you in from now on")

        def settled() -> None:
            if key is not None:
                key.store_answer(200, answer.data)

        try:
            move_sign_in(request.user, body.pop("network"), Posted(**body), settled)
        except Outcome as outcome:
            raise outcome.as_api_error("code") from None
        return answer
