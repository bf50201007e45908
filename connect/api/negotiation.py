from typing import Any

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation


class FallBackToFirst(DefaultContentNegotiation):
    """The renderer that `?format=` or Accept asks for, and the first one for a caller who accepts none, not a 406."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:
        try:
            return super().select_renderer(request, renderers, format_suffix)
        except NotAcceptable:
            format_asked_for = request.query_params.get("format")
            first = (self.filter_renderers(renderers, format_asked_for) if format_asked_for else renderers)[0]
            return first, first.media_type
