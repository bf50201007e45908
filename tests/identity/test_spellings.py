"""However one account is spelled, it is one: for the rules by thousands, and for what people call by dozens."""

import random

import pytest

from connect.identity.identity_keys import key_of_url
from connect.identity.stored_forms import canonical_url
from connect.moderation.workflow import Status
from connect.network_table import Network
from networks.models import SocialNetwork
from tests.support.spellings import ACCOUNTS, spelt_id, spelt_url

pytestmark = pytest.mark.slow

RULES, CALLS = 10_000, 60
"""How many spellings of each network."""
APPROVAL = "action/network/approval/"


def of_network(network):
    return [account for account in ACCOUNTS if account.network == network]


def claims(chance, account, count):
    for _ in range(count):
        told = {"network_id": spelt_id(chance, account), "network_url": spelt_url(chance, account)}
        yield {"network_type": account.network, **told}


@pytest.mark.parametrize("network", Network.values)
def test_ten_thousand_random_spellings_never_make_two(network):
    accounts = of_network(network)
    keys = set()
    for account in accounts:
        chance = random.Random(f"17 {account}")
        key = key_of_url(network, canonical_url(network, spelt_url(chance, account)))
        for _ in range(RULES // len(accounts) + 1):
            url = spelt_url(chance, account)
            kept = canonical_url(network, url)
            assert key_of_url(network, kept) == key, url
            assert canonical_url(network, kept) == kept, url
        keys.add(key)
    assert len(keys) == len(accounts)


@pytest.mark.django_db
@pytest.mark.parametrize("account", ACCOUNTS, ids=str)
def test_nobody_holds_it_twice_or_comes_back_under_another_spelling(alice, bob, staff, account):
    chance = random.Random(f"calls {account}")
    first, *others = claims(chance, account, CALLS // len(of_network(account.network)) // 2)
    pk = alice.ok(APPROVAL, first)["approval_id"]
    for told in others:
        assert alice.ok(APPROVAL, told)["approval_id"] == pk, told
    SocialNetwork.objects.get().suspend(by=staff, reason="fraud")
    first, *others = claims(chance, account, CALLS // len(of_network(account.network)) // 2)
    bob.ok(APPROVAL, first)
    assert SocialNetwork.objects.get(user=bob.user).status == Status.SUSPENDED, first
    for told in others:
        status, answer = bob.refused(APPROVAL, told)
        assert (status, answer["error"]) == (403, "permission_denied"), told
    assert SocialNetwork.objects.count() == 2
