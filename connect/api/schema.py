"""Tells drf-spectacular what it cannot see itself: shared errors, three content types, examples and texts."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from connect.api.document.calls import CALLS
from connect.api.examples import EXAMPLES, REQUESTS
from connect.api.idempotency import HEADER, KEY, KeyInUse, KeyReused
from connect.errors import (
    ApiError,
    AuthenticationRequired,
    InvalidAccessToken,
    PayloadTooLarge,
    RateLimited,
    ServiceUnavailable,
    UnsupportedMediaType,
    ValidationFailed,
)

EVERY_CALL = (
    PayloadTooLarge(),
    UnsupportedMediaType(),
    RateLimited(retry_after=12),
    ServiceUnavailable(retry_after=5),
)
IDEMPOTENCY_KEY = OpenApiParameter(
    HEADER,
    {"type": "string", "pattern": KEY},
    location=OpenApiParameter.HEADER,
    description="Repeated with the same key, the call has one effect and the same answer; kept for 24 hours",
)


class FieldErrorSerializer(serializers.Serializer[Any]):
    """What is wrong with one field."""

    field = serializers.CharField()
    message = serializers.CharField()


class ErrorAnswer(serializers.Serializer[Any]):
    """What every refusal says."""

    error = serializers.CharField(help_text="A stable code")
    message = serializers.CharField(help_text="A sentence for the developer")
    field = serializers.CharField(required=False, help_text="The first wrong field")
    errors = FieldErrorSerializer(many=True, required=False)  # type: ignore[assignment]
    hint = serializers.CharField(required=False, help_text="What is wrong with a profile URL, or a path")
    example = serializers.CharField(required=False, help_text="A good one, in place of a URL that names no account")
    reason = serializers.CharField(required=False)
    retry_after = serializers.IntegerField(required=False, help_text="Seconds")


def _refusals(errors: list[ApiError]) -> OpenApiResponse:
    """The answer of one status, with an example of each code it may carry."""
    status = str(int(errors[0].status_code))
    examples = [OpenApiExample(error.code, error.body, response_only=True, status_codes=[status]) for error in errors]
    return OpenApiResponse(ErrorAnswer, ", ".join(f"`{error.code}`" for error in errors), examples=examples)


class ConnectSchema(AutoSchema):
    view: Any

    def get_request_serializer(self) -> Any:
        return self.view.input_class

    def map_parsers(self) -> list[str]:
        return list(self.view.content_types)

    def get_response_serializers(self) -> Any:
        errors_by_status: dict[int, list[ApiError]] = {}
        for error in self.errors():
            errors_by_status.setdefault(int(error.status_code), []).append(error)
        answers = {status: _refusals(errors_by_status[status]) for status in sorted(errors_by_status)}
        return {self.view.success_status: self.view.answer_class, **answers}

    def errors(self) -> tuple[ApiError, ...]:
        """One example of each refusal of this call."""
        field = next(iter(getattr(self.view.input_class, "_declared_fields", ())), "body")
        errors = (ValidationFailed(field=field), *EVERY_CALL, *self.view.errors)
        if self.view.authentication_classes:
            errors = (*errors, AuthenticationRequired(), InvalidAccessToken())
        return (*errors, KeyInUse(retry_after=1), KeyReused()) if self.view.writes else errors

    def get_examples(self) -> list[OpenApiExample]:
        request_body, answer_body = EXAMPLES.get(self.path, (REQUESTS.get(self.path), None))
        requests = [OpenApiExample("Request", request_body, request_only=True)] if request_body is not None else []
        status = str(self.view.success_status)
        return requests + (
            [OpenApiExample("Answer", answer_body, response_only=True, status_codes=[status])] if answer_body else []
        )

    def get_override_parameters(self) -> list[Any]:
        return [IDEMPOTENCY_KEY] if self.view.writes else []

    def get_operation_id(self) -> str:
        return CALLS[self.path].name

    def get_tags(self) -> list[str]:
        return [CALLS[self.path].group]

    def get_summary(self) -> str:
        return CALLS[self.path].summary

    def get_description(self) -> str:  # type: ignore[override] # as drf-spectacular asks
        return CALLS[self.path].about

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        """Require what an answer always has (`always`): to drf-spectacular, a field with a default is optional."""
        schema = super()._map_basic_serializer(serializer, direction)
        if always := getattr(serializer, "always", ()):
            schema["required"] = sorted(always)
        return schema

    def _insert_field_validators(self, field: Any, schema: Any) -> None:
        """Add what a field of ours says about itself (`schema_extra`)."""
        super()._insert_field_validators(field, schema)
        schema.update(getattr(field, "schema_extra", {}))

    def _get_serializer_field_meta(self, field: Any, direction: Any) -> dict[str, Any]:
        """Put a default into the description: generators of typed clients make a field with a default required."""
        meta = super()._get_serializer_field_meta(field, direction)
        if (default := meta.pop("default", "")) != "":
            meta["description"] = f"{meta.get('description', '')} `{default}` if left out.".strip()
        return meta
