"""The words in which a network's profile URLs are described."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import quote

LETTERS = r"(?u:[^\s/\\?#<>\"`{}|^%@\uff1f\uff03\uff05\uff3c])"
"""A character of a name that may be written in any script; wide forms of ?#%\\ are none either."""
NO_FILE = r"(?![^/]*\.(?:txt|xml|html?|php)(?:/|$))"
"""Before a name that may have dots: files are the network's own."""
ANYTHING = r"[^/]+"
PLACEHOLDER = re.compile(r"\{(\w+)\}")
BELOW = "/..."


class OwnPage(ValueError):
    """The path is a page of the network itself."""


@dataclass(frozen=True)
class NetworkUrls:
    """What a profile URL of one network looks like."""

    home: str
    hosts: str
    """Pattern of every host that serves the same profiles."""
    example: str
    """A good one, for whoever sent one that is not."""
    short: str
    """Pattern of the hosts of its short links and forwarders: they hide what they point to."""
    shapes: tuple[tuple[str, str], ...]
    """Each path as people copy it, and the one that is kept; the first that fits counts.

    `/...` at its end is anything below, and `?id={id}` a parameter among others.
    """
    words: Mapping[str, str]
    """Patterns of what stands in braces; without one it is anything."""
    reserved: frozenset[str] = frozenset()
    """What `{name}` cannot be: the network has pages of its own there."""
    keeps_case: bool = False
    """Whether people know their name in capitals and small letters, so that it is shown as they write it."""
    exact: str = ""
    """Pattern of kept paths in which the network tells capitals from small letters: ids that it made up itself."""
    ignored: str = ""
    """Characters that make no difference in a name."""
    alike: tuple[tuple[str, str], ...] = ()
    """Patterns of how a kept path begins that makes no difference, and what stands for it in a key."""
    numbered: str = ""
    """The kept path of whom a number of the provider's names, where a number may be somebody's name as well."""
    bare: str = ""
    """What is left out before a path of one word."""
    ids: tuple[tuple[str, tuple[str, ...]], ...] = ((r"@?(?P<id>.+)", ("{id}",)),)
    """What a public id may look like, and the kept paths of all that may have it; the first that fits counts."""

    def owns(self, host: str) -> bool:
        return re.fullmatch(self.hosts, host) is not None

    def shortens(self, host: str) -> bool:
        return re.fullmatch(self.short, host) is not None

    def profile_path(self, path: str, query: Mapping[str, str]) -> str | None:
        """Return the path that is kept; None for what is no profile. Raises OwnPage."""
        for shape, kept in self._compiled:
            if (found := shape.match(path, query)) is None:
                continue
            if found.get("name", "").casefold() in self.reserved:
                raise OwnPage(found["name"])
            return kept.format_map({word: self._written(text) for word, text in found.items()})
        return None

    def _written(self, text: str) -> str:
        return quote(text if self.keeps_case else text.lower(), safe="~+&'")

    @cached_property
    def _compiled(self) -> list[tuple["Shape", str]]:
        return [(Shape.of(told, self.words), kept) for told, kept in self.shapes]


@dataclass(frozen=True)
class Shape:
    path: re.Pattern[str]
    parameters: dict[str, re.Pattern[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, told: str, words: Mapping[str, str]) -> "Shape":
        path, _, query = told.partition("?")
        below = path.endswith(BELOW)
        pattern = _pattern(path.removesuffix(BELOW), words) + (r"(?:/.*)?" if below else "")
        asked = (pair.partition("=") for pair in query.split("&") if pair)
        return cls(_compile(pattern), {name: _compile(_pattern(value, words)) for name, _, value in asked})

    def match(self, path: str, query: Mapping[str, str]) -> dict[str, str] | None:
        """Return what stands for the words in braces, or None."""
        found = [self.path.fullmatch(path)]
        found += [pattern.fullmatch(query.get(name, "")) for name, pattern in self.parameters.items()]
        if not all(found):
            return None
        return {word: text for one in found if one for word, text in one.groupdict().items()}


def reserved(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _compile(pattern: str) -> re.Pattern[str]:
    """Without ASCII, `[a-z]` would match a dotless i, a capital one with a dot and a long s too."""
    return re.compile(pattern, re.IGNORECASE | re.ASCII)


def _pattern(told: str, words: Mapping[str, str]) -> str:
    return "".join(_parts(told, words))


def _parts(told: str, words: Mapping[str, str]) -> Iterator[str]:
    for at, text in enumerate(PLACEHOLDER.split(told)):
        yield f"(?P<{text}>{words.get(text, ANYTHING)})" if at % 2 else re.escape(text)
