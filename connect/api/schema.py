"""What drf-spectacular cannot see by itself: that every call shares the error answers and takes three content types."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers


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
    def get_response_serializers(self) -> Any:
        success = super().get_response_serializers()
        errors = getattr(self.view, "error_statuses", (400, 401))
        return {200: success, **dict.fromkeys(errors, ErrorSerializer)}

    def get_operation_id(self) -> str:
        return type(self.view).__name__

    def get_tags(self) -> list[str]:
        return [self.path.strip("/").split("/")[1]]
