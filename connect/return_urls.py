"""Checks URLs that a browser is sent back to with an answer: only those that the platform's operator has listed."""

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

LONGEST = 500
PRINTABLE = re.compile(r"[!-~]+")
"""ASCII without spaces: browsers differ in how they read other characters."""
AMBIGUOUS = re.compile(r"[\\<>\"^`{|}]|%(?![0-9a-f]{2})|%(2e|2f|5c|00|0a|0d)", re.IGNORECASE)
"""What two readers of a URL may resolve to different places: encoded dots and slashes, backslashes."""
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
NO_APPS = {
    "http", "javascript", "data", "vbscript", "file", "blob", "about", "ftp", "ws", "wss", "view-source", "intent",
    "filesystem", "chrome", "mailto", "tel", "sms", "content", "android-app", "ms-appinstaller",
}  # fmt: skip
"""Schemes that cannot belong to the platform's app, or that make a browser do something."""


@dataclass(frozen=True)
class ReturnPlace:
    """An origin and a path: the browser may be sent to it, and to what lies under it."""

    scheme: str
    origin: str
    path: str

    @classmethod
    def read(cls, text: str) -> Self:
        """Read a URL of the settings or of a caller; raises ValueError that says what is wrong."""
        if len(text) > LONGEST or not PRINTABLE.fullmatch(text) or AMBIGUOUS.search(text):
            raise ValueError("not a plain address")
        parts = urlsplit(text)
        if not SCHEME.fullmatch(parts.scheme) or parts.scheme in NO_APPS or ":" not in text:
            raise ValueError("not https, and not the scheme of an app")
        if "@" in parts.netloc or "#" in text or any(part in (".", "..") for part in parts.path.split("/")):
            raise ValueError("a user, a fragment or dots in the path")
        if parts.scheme == "https" and not _is_host(parts.netloc):
            raise ValueError("not a host")
        return cls(parts.scheme, parts.netloc.lower().removesuffix(":443"), parts.path)

    def holds(self, other: "ReturnPlace") -> bool:
        """Whether the other place is this one or lies under it: `/done/now` is under `/done`, `/done-for` not."""
        if (self.scheme, self.origin) != (other.scheme, other.origin):
            return self.scheme == other.scheme and self.is_whole_app
        root = self.path.rstrip("/")
        return not root or other.path == self.path or other.path == root or other.path.startswith(f"{root}/")

    @property
    def is_whole_app(self) -> bool:
        """Whether it is a scheme and nothing else: `app.example://` is, `app.example:/` is not."""
        return self.scheme != "https" and not self.origin and not self.path


def may_return_to(url: str, places: tuple[ReturnPlace, ...]) -> bool:
    """Whether the URL lies in one of the places."""
    try:
        target = ReturnPlace.read(url)
    except ValueError:
        return False
    return any(place.holds(target) for place in places)


def with_answer(url: str, answer: dict[str, str]) -> str:
    """The URL with the answer in its query; parameters of the same names are replaced."""
    parts = urlsplit(url)
    pairs = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] not in ANSWER]
    answered = urlsplit(url)._replace(query=urlencode([*pairs, *answer.items()]))
    text = urlunsplit(answered)
    # the standard library drops an empty authority, but `app://` is not `app:`
    return text if parts.netloc or "://" not in url else text.replace(f"{parts.scheme}:", f"{parts.scheme}://", 1)


ANSWER = ("result", "network", "network_id", "error", "reason")
"""The parameters of an answer."""


def _is_host(netloc: str) -> bool:
    host, _, port = netloc.partition(":")
    return bool(re.fullmatch(r"(?i)[a-z0-9]([a-z0-9.-]*[a-z0-9])?", host)) and (not port or port.isdigit())
