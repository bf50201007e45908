"""What an app can know before sign-in, and what is written down of the providers."""

import pytest
from django.core.management import call_command
from django.test import Client

from config.environment import BASE_DIR
from connect.network_table import Network
from social_auth.providers.adapters import adapter_for
from social_auth.wire.breaker import ACCOUNTS, FAILURES, SILENCE, Breaker
from social_auth.wire.outcomes import Unavailable


def types():
    answer = Client().post("/api/get/network-types/")
    assert answer.status_code == 200
    return {row["network"]: row for row in answer.json()["network_types"]}


def test_every_network_is_described():
    rows = types()
    assert set(rows) == set(Network.values)
    assert rows["instagram"]["account_types"] == ["business", "creator"]
    assert rows["tiktok"]["optional_scopes"] == {"posts": ["video.list"]}
    assert rows["twitter"]["proof_levels"] == {"access_token": "user", "code": "app", "refresh_token": "app"}
    assert all(row["open"] and row["closed_until"] is None and row["scopes"] for row in rows.values())


@pytest.mark.django_db
def test_a_network_without_keys_is_closed(alice, sandbox, settings):
    settings.PROVIDER_CLIENT_SECRETS = settings.PROVIDER_CLIENT_SECRETS | {"TIKTOK": ""}
    assert [name for name, row in types().items() if not row["open"]] == ["tiktok"]
    answer = alice.connect("tiktok")
    assert (answer.status_code, answer.json()["reason"]) == (400, "not_connectable")
    assert not sandbox.calls


@pytest.mark.django_db
def test_a_provider_that_fails_call_after_call_is_left_alone(alice, garbage, settings):
    settings.CONNECT_PROVIDER_PROXY, garbage.status = garbage.url, 503
    for number in range(FAILURES):
        assert alice.post("auth/twitter/", {"access_token": f"t{number}", "user_id": "1"}).status_code == 503
    asked = len(garbage.hits)

    answer = alice.post("auth/twitter/", {"access_token": "x", "user_id": "1"})

    assert (answer.status_code, len(garbage.hits)) == (503, asked)
    assert 1 <= int(answer["Retry-After"]) <= settings.BREAKER_SECONDS
    row = types()["twitter"]
    assert not row["open"]
    assert row["closed_until"]
    adapter_for("twitter").breaker._open_until = 0.0
    garbage.status, garbage.body = 200, b'{"data":{"id":"1","username":"maya"}}'
    assert alice.post("auth/twitter/", {"access_token": "x", "user_id": "1"}).status_code == 200
    assert types()["twitter"]["open"]


def test_failures_of_a_few_accounts_close_nothing():
    breaker = Breaker()
    for number in range(FAILURES * 3):
        breaker.record(failed=True, account=number % (ACCOUNTS - 1))
    breaker.check()
    for number in range(FAILURES):
        breaker.record(failed=True, account=number)
    with pytest.raises(Unavailable):
        breaker.check()
    breaker.record(failed=False, account=1)
    breaker.check()


def test_calls_that_wait_to_their_end_for_nothing_close_sooner():
    breaker = Breaker()
    for number in range(FAILURES // SILENCE):
        breaker.check()
        breaker.record(failed=True, account=number, silent=True)
    with pytest.raises(Unavailable):
        breaker.check()


def test_the_page_on_providers_is_true(capsys):
    call_command("provider_docs")
    assert capsys.readouterr().out == (BASE_DIR / "docs/providers.md").read_text()
