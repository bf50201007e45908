"""How a network's profile URLs are described: templates with words in braces, and patterns for the words."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import quote

LETTERS = r"(?u:[^\s/\\?#<>\"`{}|^%@\uff1f\uff03\uff05\uff3c])"
"""A character of a name in any script, but no delimiter of URLs, full-width ?#%\\ included."""
NO_FILE = r"(?![^/]*\.(?:txt|xml|html?|php)(?:/|$))"
"""Put before a name that may have dots: refuses names of files, which are the network's own."""
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
    """A good URL, for the error about a wrong one."""
    short: str
    """Pattern of the hosts of its short links and forwarders, which hide the profile that they lead to."""
    shapes: tuple[tuple[str, str], ...]
    """Templates: each path as people copy it, and the path that is stored. The first that fits counts.

    `/...` at the end is any path below; `?id={id}` is a parameter, beside which there may be others.
    """
    words: Mapping[str, str]
    """Patterns of the words in braces; a word without one is any segment."""
    reserved: frozenset[str] = frozenset()
    """What `{name}` cannot be, as the network has its own pages there."""
    keeps_case: bool = False
    """Whether names are stored as people write them, and not in small letters."""
    exact: str = ""
    """Pattern of stored paths in which case matters: ids that the network generated."""
    ignored: str = ""
    """Characters that make no difference in a name."""
    alike: tuple[tuple[str, str], ...] = ()
    """Prefixes of a stored path that mean the same, as patterns, and the prefix that replaces them in a key."""
    numbered: str = ""
    """The stored path of the account with a numeric id, where a number may also be somebody's name."""
    bare: str = ""
    """The prefix that a path of one word stands for."""
    ids: tuple[tuple[str, tuple[str, ...]], ...] = ((r"@?(?P<id>.+)", ("{id}",)),)
    """Patterns of public ids, and the stored paths of all accounts that may have one. The first that fits counts."""

    def owns(self, host: str) -> bool:
        return re.fullmatch(self.hosts, host) is not None

    def shortens(self, host: str) -> bool:
        return re.fullmatch(self.short, host) is not None

    def profile_path(self, path: str, query: Mapping[str, str]) -> str | None:
        """Return the path that is stored, or None if this is no profile. Raises OwnPage."""
        for shape, kept_template in self._compiled:
            if (words := shape.match(path, query)) is None:
                continue
            if words.get("name", "").casefold() in self.reserved:
                raise OwnPage(words["name"])
            return kept_template.format_map({word: self._written(text) for word, text in words.items()})
        return None

    def _written(self, text: str) -> str:
        return quote(text if self.keeps_case else text.lower(), safe="~+&'")

    @cached_property
    def _compiled(self) -> list[tuple["Shape", str]]:
        return [(Shape.of(template, self.words), kept_template) for template, kept_template in self.shapes]


@dataclass(frozen=True)
class Shape:
    path: re.Pattern[str]
    parameters: dict[str, re.Pattern[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, template: str, words: Mapping[str, str]) -> "Shape":
        path, _, query = template.partition("?")
        below = path.endswith(BELOW)
        pattern = _pattern(path.removesuffix(BELOW), words) + (r"(?:/.*)?" if below else "")
        parameters = (pair.partition("=") for pair in query.split("&") if pair)
        return cls(_compile(pattern), {name: _compile(_pattern(value, words)) for name, _, value in parameters})

    def match(self, path: str, query: Mapping[str, str]) -> dict[str, str] | None:
        """Return the values of the words in braces, or None if the path does not fit."""
        matches = [self.path.fullmatch(path)]
        matches += [pattern.fullmatch(query.get(name, "")) for name, pattern in self.parameters.items()]
        if not all(matches):
            return None
        return {word: text for match in matches if match for word, text in match.groupdict().items()}


def reserved(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _compile(pattern: str) -> re.Pattern[str]:
    """Without re.ASCII, `[a-z]` would also match a dotless i, a capital I with a dot and a long s."""
    return re.compile(pattern, re.IGNORECASE | re.ASCII)


def _pattern(template: str, words: Mapping[str, str]) -> str:
    return "".join(_parts(template, words))


def _parts(template: str, words: Mapping[str, str]) -> Iterator[str]:
    for index, text in enumerate(PLACEHOLDER.split(template)):
        yield f"(?P<{text}>{words.get(text, ANYTHING)})" if index % 2 else re.escape(text)
