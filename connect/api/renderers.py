from typing import Any

import orjson
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer

OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS | orjson.OPT_NON_STR_KEYS


class JSONRenderer(BaseRenderer):
    """JSON by orjson; times as `2024-01-01T00:00:00Z`, as in the spec."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return b"" if data is None else orjson.dumps(data, option=OPTIONS)


class AlwaysJSON(BaseContentNegotiation):
    """There is one kind of answer, whatever the Accept header says."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        media_type = request._request.content_type or "application/json"
        return next((parser for parser in parsers if parser.media_type == media_type), None)

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type
