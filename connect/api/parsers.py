"""DRF's parsers, relieved of parsing: the input guard has read the body already."""

from typing import Any

from rest_framework.parsers import BaseParser

from connect.strict_input import SECURITY_EVENT


class GuardedParser(BaseParser):
    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        return parser_context["request"]._request.input_data


class GuardedJSONParser(GuardedParser):
    media_type = "application/json"


class GuardedFormParser(GuardedParser):
    media_type = "application/x-www-form-urlencoded"


class GuardedMultiPartParser(GuardedParser):
    media_type = "multipart/form-data"


class SecurityEventParser(GuardedParser):
    """A security event token as the whole body (RFC 8935)."""

    media_type = SECURITY_EVENT
