"""The one form in which profile URLs and public account ids are stored."""

import re
import unicodedata
from urllib.parse import unquote

from yarl import URL

from connect.network_table import URLS
from connect.profile_urls.rules import OwnPage

MAX_URL = 2048
MAX_ID = 191
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
WIDE = str.maketrans("\uff20\ufe6b\uff0f", "@@/")
"""Full-width characters, which an East Asian keyboard types for the same signs."""


class NotCanonical(ValueError):
    """The text is no profile URL, or no account id, of that network; the message says why."""


def canonical_url(network: str, text: str) -> str:
    """Return the stored form of a profile URL: https, the home host, no query, fragment, tracking or trailing slash.

    Raises NotCanonical for a foreign or look-alike host, a short link, a port, credentials and another scheme, for a
    page of the network itself and anything that is not one profile.
    """
    rules = URLS[network]
    url = _parse(text)
    host = url.raw_host or ""
    if rules.shortens(host):
        raise NotCanonical("A short link hides whose it is: open it, and send the address that it leads to")
    if not rules.owns(host):
        raise NotCanonical("It is not on a host of that network")
    try:
        path = rules.profile_path(_path(url), url.query)
    except OwnPage as own:
        raise NotCanonical("It is a page of the network itself") from own
    if path is None:
        raise NotCanonical("It names no account")
    return f"https://{rules.home}{path}"


def canonical_id(network: str, text: str) -> str:
    """Return the stored form of an account's public id; raises NotCanonical for an empty or unprintable one."""
    text = unicodedata.normalize("NFC", text.strip()).translate(WIDE)
    name = text.lstrip("@")  # at YouTube `@name` is a handle and `name` an old custom URL: two different things
    text = f"@{name}" if network == "youtube" and text != name else name
    if not name or len(text) > MAX_ID or not text.isprintable() or re.search(r"[\s/\\?#]", text):
        raise NotCanonical("It is no account id")
    return text if URLS[network].keeps_case else text.lower()


def _parse(text: str) -> URL:
    text = text.strip(" ")
    if not text or len(text) > MAX_URL or re.search(r"[\x00-\x20\x7f\\]|/\.\.?([/?#]|$)", text):
        raise NotCanonical("It is no URL")
    if not SCHEME.match(text):
        text = f"https://{text.removeprefix('//')}"
    authority = re.split(r"[/?#]", text.partition("//")[2], maxsplit=1)[0]
    if not authority.isascii() or re.search(r"[@:%]", authority):  # a look-alike letter, credentials, a port
        raise NotCanonical("Its host has a port, credentials or letters of another alphabet")
    try:
        url = URL(text)
    except ValueError as error:
        raise NotCanonical("It is no URL") from error
    if url.scheme not in ("http", "https"):
        raise NotCanonical("It is no web address")
    return url


def _path(url: URL) -> str:
    """The decoded path without empty segments. Old links have their path behind `#!`."""
    path = _decoded(url.raw_path)
    if not path.strip("/") and url.raw_fragment.startswith("!/"):
        path = _decoded(url.raw_fragment[1:])
    if not path.isprintable():
        raise NotCanonical("It has letters that cannot be seen")
    return "/" + "/".join(filter(None, path.split("/")))


def _decoded(raw_path: str) -> str:
    try:
        return unicodedata.normalize("NFC", unquote(raw_path, errors="strict")).translate(WIDE)
    except UnicodeDecodeError as error:
        raise NotCanonical("It is not UTF-8") from error
