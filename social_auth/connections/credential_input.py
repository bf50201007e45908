"""The fields that an app may post to prove an account, for connecting and for signing in."""

import re
from typing import Any

from rest_framework import serializers

from connect.api.fields import StrictCharField

MAX_TOKEN = 4096
PRINTABLE = "^[!-~]*$"


class TokenField(StrictCharField):
    """A provider's token: printable ASCII, never repeated in an error; null means none."""

    default_error_messages = {"invalid": "Printable ASCII without spaces is needed"}
    schema_extra = {"pattern": PRINTABLE}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAX_TOKEN, required=False, allow_blank=True, default="", **kwargs)

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        return super().validate_empty_values("" if data is None else data)

    def to_internal_value(self, data: Any) -> str:
        token = super().to_internal_value(data)
        if not re.fullmatch(PRINTABLE, token):
            self.fail("invalid")
        return token


class CredentialInput(serializers.Serializer[Any]):
    """A provider's token, or an authorization code, whose exchange by our client secret also proves our app."""

    access_token = TokenField()
    refresh_token = TokenField(help_text="Proves the app by its renewal")
    id_token = TokenField(help_text="Google only")
    code = TokenField(help_text="Instead of a token")
    code_verifier = TokenField(help_text="Of PKCE, with `code`")
    redirect_uri = TokenField(help_text="With `code`")

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        missing = {name: "This field is required." for name in self.needed(data) if not data[name]}
        if missing:
            raise serializers.ValidationError(missing, code="required")
        return data

    def needed(self, data: dict[str, Any]) -> list[str]:
        """The required fields, given the others."""
        adapter = self.context["adapter"]
        if data["code"]:
            return ["redirect_uri", "code_verifier"] if adapter.pkce else ["redirect_uri"]
        return [] if data["id_token"] and adapter.takes_id_token else ["access_token"]


class ConnectInput(CredentialInput):
    user_id = StrictCharField(numbers=True, max_length=191, required=False, allow_blank=True, default="")

    def needed(self, data: dict[str, Any]) -> list[str]:
        return super().needed(data) + ([] if data["code"] else ["user_id"])
