"""The attributes that our middleware adds to a request."""

from typing import Any

from django.http import HttpRequest


class ConnectRequest(HttpRequest):
    """For type checks only: a request that went through our middleware. Nothing is instantiated from this class."""

    request_id: str
    """In every log line about the request."""
    input_data: Any
    """The body of a call, read from JSON or a form by `InputGuardMiddleware`."""
