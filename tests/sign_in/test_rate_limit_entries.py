"""The counters of allauth's rate limits: a write costs the same however many there are, and beat forgets them."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from config.tasks import forget_seen
from connect.database import pruned_cache
from tests.support.plans import analyze, reading_all_of, statements

pytestmark = pytest.mark.django_db
LIMIT = "3/m/ip"


def keys() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM connect_cache")
        return {key.removeprefix(":1:") for (key,) in cursor.fetchall()}


@pytest.fixture
def limited(settings):
    settings.ACCOUNT_RATE_LIMITS = {"reset_password": LIMIT}


def forgotten_password() -> int:
    body = {"email": "nobody@example.org"}
    call = Client().post("/_allauth/app/v1/auth/password/request", body, content_type="application/json")
    return call.status_code


def test_a_limit_asks_four_times_and_counts_nothing(limited):
    cache.set_many({f"somebody{number}": [1.0] for number in range(3000)}, 60)
    analyze("connect_cache")
    with statements() as told:
        forgotten_password()
    counters = [(sql, params) for sql, params in told if "connect_cache" in sql]
    assert len(counters) == 4, counters  # lock, read, write, unlock
    assert not [sql for sql, _ in counters if "COUNT" in sql]
    assert reading_all_of(counters, "connect_cache") == []


def test_the_limit_holds(limited):
    assert [forgotten_password() for _ in range(5)] == [401, 401, 401, 429, 429]


def test_one_of_two_has_the_lock_until_it_ends():
    assert cache.add("lock", True, timeout=10)
    assert not cache.add("lock", True, timeout=10)
    assert cache.touch("lock", timeout=-1)
    assert cache.add("lock", "again", timeout=10)
    assert cache.get("lock") == "again"
    assert not cache.touch("nobodys")


def test_what_has_no_end_stays_and_what_has_ended_is_forgotten(monkeypatch):
    monkeypatch.setattr(pruned_cache, "PIECE", 2)
    cache.set("for-ever", 1, timeout=None)
    cache.set("for-a-minute", 1, timeout=60)
    for number in range(5):
        cache.set(f"ended{number}", 1, timeout=-1)
    forget_seen()
    assert keys() == {"for-ever", "for-a-minute"}
    assert cache.get_many(["for-ever", "for-a-minute"]) == {"for-ever": 1, "for-a-minute": 1}


def test_all_that_ended_goes_in_a_statement_that_reads_an_index():
    cache.set_many({f"somebody{number}": [1.0] for number in range(3000)}, 60)
    cache.set("ended", 1, timeout=-1)
    analyze("connect_cache")
    with statements() as told:
        cache.forget(timezone.now())
    ((sql, params),) = told
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}", params)
        assert "connect_cache_expires" in str(cursor.fetchall())
