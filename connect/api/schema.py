"""What drf-spectacular cannot see by itself: that every call shares the error answers and takes three content types."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from connect.api.idempotency import HEADER

IDEMPOTENCY_KEY = OpenApiParameter(
    HEADER,
    location=OpenApiParameter.HEADER,
    description="Repeated with the same key, the call has one effect and the same answer; kept for 24 hours",
)


class FieldErrorSerializer(serializers.Serializer):
    field = serializers.CharField()
    message = serializers.CharField()


class ErrorSerializer(serializers.Serializer):
    error = serializers.CharField(help_text="A stable code")
    message = serializers.CharField(help_text="A sentence for the developer")
    field = serializers.CharField(required=False, help_text="The first wrong field")
    errors = FieldErrorSerializer(many=True, required=False)  # type: ignore[assignment]
    reason = serializers.CharField(required=False)
    retry_after = serializers.IntegerField(required=False, help_text="Seconds")


class ConnectSchema(AutoSchema):
    view: Any

    def get_request_serializer(self) -> Any:
        return self.view.input_class

    def get_response_serializers(self) -> Any:
        answer = {self.view.success_status: self.view.answer_class}
        by_key = (409, 422) if self.view.writes else ()
        return answer | dict.fromkeys(sorted({*self.view.error_statuses, 429, *by_key}), ErrorSerializer)

    def get_override_parameters(self) -> list[Any]:
        return [IDEMPOTENCY_KEY] if self.view.writes else []

    def get_operation_id(self) -> str:
        return type(self.view).__name__.replace("View", "") + getattr(self.view, "label", "")

    def get_tags(self) -> list[str]:
        return [self.path.strip("/").split("/")[1]]
