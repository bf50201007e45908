"""What makes two spellings one account: the keys that a network itself would find it by.

An account has several names, such as a channel's id and its handle, and each of them is a key. Two records that have a
key in common are of one account, whoever holds them and however its name is written there.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from urllib.parse import unquote

from connect.identity.canonical import NotCanonical, canonical_url
from connect.network_table import URLS, Network, home_url
from connect.profile_urls.rules import OwnPage

ERASED = "erased:"
OPEN = "?"
"""Before an id of which nobody said what it is."""
INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
"""What is no letter of a name, and not seen in it, though it counts as printable."""


def identity_keys(network: str, told: Iterable[str]) -> list[str]:
    """Return the keys of an account that goes by these ids and profile URLs, in their order, each once.

    An id may leave open what it is (`maya` at LinkedIn is a person or a company): then the URL beside it says so, and
    without one that fits its key is `?maya`.
    """
    told = [text for text in told if text]
    urls = {text: key for text in told if "://" in text and (key := key_of_url(network, text))}
    keys = [urls.get(text) if "://" in text else _key_of_id(network, text, urls.values()) for text in told]
    return list(dict.fromkeys(filter(None, keys)))


def spellings(network: str, keys: Iterable[str]) -> list[str]:
    """Return under which keys else the account may be kept: one that is left open may be any, and any left open."""
    found = dict.fromkeys(keys)
    for key in [*found]:
        found.update(dict.fromkeys(_meanings(network, key[1:]) if key.startswith(OPEN) else _left_open(network, key)))
    return list(found)


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


def named_by_provider(network: str, uid: str) -> str:
    """Return a provider's own id as what it can only be: as a URL, where somebody's name may be a number too."""
    numbered = URLS[network].numbered
    return f"{home_url(network)}/{numbered.format(id=uid)}" if numbered and uid.isdecimal() else uid


def keys_anywhere(text: str) -> dict[str, list[str]]:
    """Return by network what somebody may mean who looks for that id or URL, with its scheme or without."""
    told = f"https://{text}" if "/" in text and "://" not in text else text
    found = {network: identity_keys(network, [told]) for network in Network.values}
    return {network: keys for network, keys in found.items() if keys}


def _key_of_id(network: str, external_id: str, urls: Iterable[str]) -> str:
    meant = _meanings(network, external_id)
    if len(meant) == 1:
        return meant[0]
    return next((key for key in urls if key in meant), f"{OPEN}{_without_differences(network, external_id)}")


def _meanings(network: str, external_id: str) -> list[str]:
    """The keys of all that may have that id; what is left of an erased one is a key as it is."""
    if external_id.startswith(ERASED):
        return [external_id]
    for pattern, forms in URLS[network].ids:
        if found := re.fullmatch(pattern, external_id):
            return [_folded(network, form.format(id=found["id"])) for form in forms]
    return []


def _left_open(network: str, key: str) -> Iterator[str]:
    """The key that an id has which may mean this one among others."""
    for pattern, forms in URLS[network].ids:
        for before in (form.removesuffix("{id}") for form in forms if len(forms) > 1):
            bare = key.removeprefix(before)
            if key.startswith(before) and re.fullmatch(pattern, bare) and "/" not in bare:
                yield f"{OPEN}{bare}"


def _folded(network: str, path: str) -> str:
    """The path without what the network does not tell apart."""
    rules = URLS[network]
    if rules.bare and not re.search("[/@]", path):
        path = f"{rules.bare}{path}" if path else ""
    if rules.exact and re.fullmatch(rules.exact, path):
        return path
    for pattern, one in rules.alike:
        path = re.sub(f"^{pattern}", one, path, flags=re.IGNORECASE)
    return _without_differences(network, path)


def _without_differences(network: str, text: str) -> str:
    seen = INVISIBLE.sub("", text)  # first: one of them may stand between a letter and its accent
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold())
    return folded.translate(dict.fromkeys(map(ord, URLS[network].ignored)))
