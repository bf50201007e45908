"""A claim and a connect ask and lock by indexes, however many people and records there are."""

import pytest

from connect.models import User
from networks.models import SocialNetwork
from tests.support.plans import analyze, reading_all_of, statements

pytestmark = pytest.mark.django_db
TABLES = ("networks_socialnetwork", "connect_user")


@pytest.fixture
def many():
    people = [User(username=f"somebody{number}", email=f"somebody{number}@example.org") for number in range(3000)]
    records = [
        SocialNetwork(user=user, network="tiktok", external_id=f"other{user.pk}", url=f"https://tiktok.com/@{user.pk}")
        for user in User.objects.bulk_create(people)
    ]
    SocialNetwork.objects.bulk_create(records)
    analyze(*TABLES)


def test_a_claim(alice, many):
    with statements() as told:
        alice.claim("tiktok", "maya")
    assert sum("FROM networks_socialnetwork" in sql for sql, _ in told) >= 2
    assert reading_all_of(told, *TABLES) == []


def test_a_connect(alice, many, sandbox):
    with statements() as told:
        alice.connected("tiktok")
    assert sum("FROM networks_socialnetwork" in sql for sql, _ in told) >= 2
    assert reading_all_of(told, *TABLES) == []
