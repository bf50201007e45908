from typing import Any

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation


class OrTheFirst(DefaultContentNegotiation):
    """What was asked for by `?format=` or Accept; the first that there is for who accepts none of them."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:
        try:
            return super().select_renderer(request, renderers, format_suffix)
        except NotAcceptable:
            wanted = request.query_params.get("format")
            first = (self.filter_renderers(renderers, wanted) if wanted else renderers)[0]
            return first, first.media_type
