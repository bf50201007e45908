"""What our middleware adds to a request, by name."""

from typing import Any

from django.http import HttpRequest


class ConnectRequest(HttpRequest):
    """The type of a request that went through our middleware; none is ever made of this class."""

    request_id: str
    """What every line of its log carries."""
    input_data: Any
    """What was sent, read and checked: an object of the API's, as JSON or as a form gave it."""
