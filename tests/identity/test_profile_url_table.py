"""A table of profile URLs that others made, where PROFILE_URLS names one: each means whom it says, or nobody.

A line is a network, a word for the account (the same word, the same account; `-` for none) and a URL, between tabs.
"""

import os
from collections import defaultdict
from pathlib import Path

import pytest

from connect.identity.identity_keys import identity_keys
from connect.identity.stored_forms import NotCanonical, canonical_url

TABLE = os.environ.get("PROFILE_URLS", "")
NOBODY = "-"
pytestmark = pytest.mark.skipif(not TABLE, reason="PROFILE_URLS names no table")


def lines():
    told = Path(TABLE).read_text().splitlines() if TABLE else []
    return [line.split("\t") for line in told if line.strip() and not line.startswith("#")]


def test_one_word_is_one_account_and_two_are_two():
    keys = defaultdict(set)
    for network, word, url in lines():
        if word != NOBODY:
            keys[network, word].add(tuple(identity_keys(network, [canonical_url(network, url)])))
    assert keys
    assert {account: found for account, found in keys.items() if len(found) != 1} == {}
    assert len({(network, *found) for (network, _), found in keys.items()}) == len(keys)


def test_what_names_nobody_is_refused():
    nameless = [(network, url) for network, word, url in lines() if word == NOBODY]
    assert nameless
    assert [(network, url) for network, url in nameless if is_taken(network, url)] == []


def is_taken(network, url):
    try:
        return canonical_url(network, url)
    except NotCanonical:
        return ""
