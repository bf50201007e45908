"""The one form in which a profile URL and an account's public id are kept."""

import re
import unicodedata
from urllib.parse import quote, unquote

from yarl import URL

from connect.network_table import URLS, NetworkUrls

MAX_URL = 2048
MAX_ID = 191
ASCII_SEGMENT = re.compile(r"@?[A-Za-z0-9_.~+-]{1,120}")


class NotCanonical(ValueError):
    """The text is no profile URL, or no account id, of that network."""


def canonical_url(network: str, text: str) -> str:
    """Return the stored form of a profile URL: https, the home host, no query, fragment, tracking or trailing slash.

    Raises NotCanonical for a foreign or look-alike host, a port, credentials, another scheme, a page of the network
    itself and anything that is not one profile.
    """
    rules = URLS[network]
    url = _parse(text)
    if not rules.owns(url.raw_host or ""):
        raise NotCanonical("foreign host")
    return f"https://{rules.home}{_profile_path(rules, url)}"


def canonical_id(network: str, text: str) -> str:
    """Return the stored form of an account's public id; raises NotCanonical for an empty or unprintable one."""
    text = unicodedata.normalize("NFC", text.strip())
    if network != "youtube":  # there `@name` is a handle and `name` an old custom URL: two different things
        text = text.removeprefix("@")
    if not text or len(text) > MAX_ID or not text.isprintable() or re.search(r"[\s/\\?#]", text):
        raise NotCanonical("not an account id")
    return text.lower() if URLS[network].ignores_case else text


def _parse(text: str) -> URL:
    text = text.strip(" ")
    if not text or len(text) > MAX_URL or re.search(r"[\x00-\x20\x7f\\]|/\.\.?([/?#]|$)", text):
        raise NotCanonical("not a URL")
    if "://" not in text and not text.startswith("//"):
        text = f"https://{text}"
    authority = re.split(r"[/?#]", text.partition("//")[2], maxsplit=1)[0]
    if not authority.isascii() or re.search(r"[@:%]", authority):  # a look-alike letter, credentials, a port
        raise NotCanonical("not a plain host")
    try:
        url = URL(text)
    except ValueError as error:
        raise NotCanonical("not a URL") from error
    if url.scheme not in ("http", "https"):
        raise NotCanonical("not a web address")
    return url


def _profile_path(rules: NetworkUrls, url: URL) -> str:
    path = _decoded(url.raw_path).rstrip("/")
    with_query = f"{path}?{url.raw_query_string}" if url.raw_query_string else path
    for pattern, form in rules.rewrites:
        if found := re.fullmatch(pattern, with_query if r"\?" in pattern else path, re.IGNORECASE):
            return _checked(rules, found.expand(form).split("/")[1:], rewritten=True)
    return _checked(rules, path.split("/")[1:], rewritten=False)


def _decoded(raw_path: str) -> str:
    try:
        return unicodedata.normalize("NFC", unquote(raw_path, errors="strict"))
    except UnicodeDecodeError as error:
        raise NotCanonical("not UTF-8") from error


def _checked(rules: NetworkUrls, segments: list[str], *, rewritten: bool) -> str:
    most = max(rules.segments, 3 if rewritten else 1)
    if not 1 <= len(segments) <= most or not all(_is_name(rules, segment) for segment in segments):
        raise NotCanonical("not a profile")
    plain = rewritten and len(segments) > 1  # such as /channel/UC…: the first word says what the second one is
    if not plain and segments[0].lower().lstrip("@") in rules.reserved:
        raise NotCanonical("a page of the network itself")
    path = "/" + "/".join(quote(segment, safe="@~+") for segment in segments)
    return path.lower() if rules.ignores_case else path


def _is_name(rules: NetworkUrls, segment: str) -> bool:
    if ASCII_SEGMENT.fullmatch(segment):
        return segment.strip(".@") != ""
    letters = all(character.isalnum() or character in "@_.-~+·'" for character in segment)
    return rules.unicode_paths and letters and 0 < len(segment) <= 120
