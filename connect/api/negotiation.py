from typing import Any

from rest_framework.negotiation import BaseContentNegotiation


class AlwaysJSON(BaseContentNegotiation):
    """There is one kind of answer, whatever the Accept header says."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        media_type = request._request.content_type or "application/json"
        return next((parser for parser in parsers if parser.media_type == media_type), None)

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type
