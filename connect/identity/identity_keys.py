"""Identity keys: the form of an account's names under which the network itself would find it.

An account has several names, such as a channel's id and its handle, and each of them gives a key. Two records with a
key in common are of one account, whoever has them and however its name is spelled in them.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from urllib.parse import unquote

from connect.identity.stored_forms import NotCanonical, canonical_url
from connect.network_table import URLS, Network, home_url
from connect.profile_urls.rules import OwnPage

ERASED = "erased:"
AMBIGUOUS = "?"
"""Stands before an id that may name accounts of several kinds."""
INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
"""Characters that count as printable and cannot be seen."""


def identity_keys(network: str, names: Iterable[str]) -> list[str]:
    """Return the keys of the account with these ids and profile URLs, in their order, each once.

    An id may be ambiguous (`maya` at LinkedIn is a person or a company): then the URL beside it decides, and without a
    URL that fits, the key is `?maya`.
    """
    names = [name for name in names if name]
    urls = {name: key for name in names if "://" in name and (key := key_of_url(network, name))}
    keys = [urls.get(name) if "://" in name else _key_of_id(network, name, urls.values()) for name in names]
    return list(dict.fromkeys(filter(None, keys)))


def spellings(network: str, keys: Iterable[str]) -> list[str]:
    """Return all keys under which the account may be stored: also what an ambiguous key may mean, and the reverse."""
    spelled = dict.fromkeys(keys)
    for key in [*spelled]:
        more = _meanings(network, key[1:]) if key.startswith(AMBIGUOUS) else _ambiguous_keys(network, key)
        spelled.update(dict.fromkeys(more))
    return list(spelled)


def key_of_url(network: str, url: str) -> str | None:
    """Return the key of the account that the URL names; None for the network's front page or any other URL."""
    home = f"{home_url(network)}/"
    canonical = url if url.startswith(home) and not re.search("[?#]", url) else _canonical_or_empty(network, url)
    path = f"/{unquote(canonical.removeprefix(home))}"
    with suppress(OwnPage):  # stored before we refused such URLs
        path = unquote(URLS[network].profile_path(path, {}) or path)
    return _fold_path(network, path.strip("/")) or None


def _canonical_or_empty(network: str, url: str) -> str:
    try:
        return canonical_url(network, url)
    except NotCanonical:
        return ""


def unambiguous_uid(network: str, uid: str) -> str:
    """Return a provider's own id; as a URL where it is a number and a name may be one, too."""
    numbered = URLS[network].numbered
    return f"{home_url(network)}/{numbered.format(id=uid)}" if numbered and uid.isdecimal() else uid


def keys_anywhere(text: str) -> dict[str, list[str]]:
    """Return, by network, the keys that this id or URL may have; for a search. The scheme may be missing."""
    name = f"https://{text}" if "/" in text and "://" not in text else text
    keys_by_network = {network: identity_keys(network, [name]) for network in Network.values}
    return {network: keys for network, keys in keys_by_network.items() if keys}


def _key_of_id(network: str, external_id: str, urls: Iterable[str]) -> str:
    possible_keys = _meanings(network, external_id)
    if len(possible_keys) == 1:
        return possible_keys[0]
    return next((key for key in urls if key in possible_keys), f"{AMBIGUOUS}{_fold(network, external_id)}")


def _meanings(network: str, external_id: str) -> list[str]:
    """The keys of all accounts that may have that id; the hash of an erased id is its own key."""
    if external_id.startswith(ERASED):
        return [external_id]
    for pattern, forms in URLS[network].ids:
        if match := re.fullmatch(pattern, external_id):
            return [_fold_path(network, form.format(id=match["id"])) for form in forms]
    return []


def _ambiguous_keys(network: str, key: str) -> Iterator[str]:
    """The ambiguous key that may stand for this one."""
    for pattern, forms in URLS[network].ids:
        for prefix in (form.removesuffix("{id}") for form in forms if len(forms) > 1):
            bare = key.removeprefix(prefix)
            if key.startswith(prefix) and re.fullmatch(pattern, bare) and "/" not in bare:
                yield f"{AMBIGUOUS}{bare}"


def _fold_path(network: str, path: str) -> str:
    """The path without differences that the network ignores."""
    rules = URLS[network]
    if rules.bare and not re.search("[/@]", path):
        path = f"{rules.bare}{path}" if path else ""
    if rules.exact and re.fullmatch(rules.exact, path):
        return path
    for pattern, replacement in rules.alike:
        path = re.sub(f"^{pattern}", replacement, path, flags=re.IGNORECASE)
    return _fold(network, path)


def _fold(network: str, text: str) -> str:
    visible = INVISIBLE.sub("", text)  # first, as one may stand between a letter and its accent
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", visible).casefold())
    return folded.translate(dict.fromkeys(map(ord, URLS[network].ignored)))
