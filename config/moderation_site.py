"""How the admin's theme looks here; its settings name these by their dotted names."""

from django.http import HttpRequest
from django.templatetags.static import static


def style_sheet(request: HttpRequest) -> str:
    return static("connect/desk.css")


def undo_script(request: HttpRequest) -> str:
    return static("connect/undo.js")


def favicon(request: HttpRequest) -> str:
    return static("connect/favicon.svg")
