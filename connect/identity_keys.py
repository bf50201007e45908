"""What makes two spellings one account: the keys that a network itself would find it by.

An account has several names, such as a channel's id and its handle, and each of them is a key. Two records that have a
key in common are of one account, whoever holds them and however its name is written there.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from urllib.parse import unquote

from connect.canonical import NotCanonical, canonical_url
from connect.network_table import URLS, Network, home_url
from connect.profile_urls.rules import OwnPage

ERASED = "erased:"
INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
"""What is no letter of a name, and not seen in it, though it counts as printable."""


def identity_keys(network: str, told: Iterable[str]) -> list[str]:
    """Return the keys of an account that goes by these ids and profile URLs, in their order, each once.

    An id may leave open what it is (`maya` at LinkedIn is a person or a company): then the URL beside it says so, and
    without one that fits it is all that it may be.
    """
    told = [text for text in told if text]
    urls = {text: key for text in told if "://" in text and (key := key_of_url(network, text))}
    keys: list[str] = []
    for text in told:
        meant = list(_meanings(network, text)) if "://" not in text else [urls[text]] if text in urls else []
        keys += [key for key in meant if key in urls.values()] or meant
    return list(dict.fromkeys(keys))


def key_of_url(network: str, url: str) -> str | None:
    """Return the key of whom the URL names; None for the network's front page and for a URL of something else."""
    home = f"{home_url(network)}/"
    kept = url if url.startswith(home) and not re.search("[?#]", url) else _kept(network, url)
    path = f"/{unquote(kept.removeprefix(home))}"
    with suppress(OwnPage):  # kept before such a one was refused
        path = unquote(URLS[network].profile_path(path, {}) or path)
    return _folded(network, path.strip("/")) or None


def _kept(network: str, url: str) -> str:
    try:
        return canonical_url(network, url)
    except NotCanonical:
        return ""


def keys_anywhere(text: str) -> dict[str, list[str]]:
    """Return by network what somebody may mean who looks for that id or URL."""
    found = {network: identity_keys(network, [text]) for network in Network.values}
    return {network: keys for network, keys in found.items() if keys}


def _meanings(network: str, external_id: str) -> Iterator[str]:
    """The keys of all that may have that id; what is left of an erased one is a key as it is."""
    if external_id.startswith(ERASED):
        yield external_id
        return
    for pattern, forms in URLS[network].ids:
        if found := re.fullmatch(pattern, external_id):
            yield from (_folded(network, form.format(id=found["id"])) for form in forms)
            return


def _folded(network: str, path: str) -> str:
    """The path without what the network does not tell apart."""
    rules = URLS[network]
    if rules.bare and not re.search("[/@]", path):
        path = f"{rules.bare}{path}" if path else ""
    if rules.exact and re.fullmatch(rules.exact, path):
        return path
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", path).casefold())
    return INVISIBLE.sub("", folded).translate(dict.fromkeys(map(ord, rules.ignored)))
