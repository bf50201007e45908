"""The signature of an access token is checked once; whether it still counts, with every call."""

from datetime import timedelta

import jwt
import pytest
import time_machine
from django.conf import settings
from django.utils import timezone

from social_auth.sign_in import access_tokens
from social_auth.sign_in.access_tokens import REMEMBERED

pytestmark = pytest.mark.django_db
UNSIGNED = "eyJhbGciOiJub25lIn0"
"""{"alg":"none"}"""


@pytest.fixture(autouse=True)
def _nothing_remembered():
    access_tokens._signed_by_us.cache_clear()


@pytest.fixture
def checks(monkeypatch):
    """The tokens whose signature was checked."""
    seen, check = [], access_tokens._claims

    def counting(text):
        seen.append(text)
        return check(text)

    monkeypatch.setattr(access_tokens, "_claims", counting)
    return seen


def status_with(creator, bearer: str) -> int:
    creator.bearer = bearer
    return creator.post("get/networks/").status_code


def resigned(bearer: str, key: str = "", algorithm: str = "HS256", **claims) -> str:
    told = jwt.decode(bearer, options={"verify_signature": False}) | claims
    return jwt.encode(told, key or settings.SECRET_KEY, algorithm)


def test_the_signature_is_checked_once(alice, checks):
    for _ in range(3):
        alice.ok("get/networks/")
    assert checks == [alice.bearer]


def test_a_remembered_token_ends_with_its_quarter_of_an_hour(alice, checks):
    alice.ok("get/networks/")
    for minutes, status in ((14, 200), (16, 401)):
        with time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=False):
            assert status_with(alice, alice.bearer) == status
    assert len(checks) == 1


def test_a_remembered_token_ends_with_its_session(alice):
    alice.ok("get/networks/")
    gone = alice.client.delete("/_allauth/app/v1/auth/session", headers={"X-Session-Token": alice.session_token})
    assert gone.status_code == 401
    assert status_with(alice, alice.bearer) == 401


def test_a_remembered_token_lets_no_other_in(alice):
    alice.ok("get/networks/")
    header, claims, signature = alice.bearer.split(".")
    for forged in (
        f"{header}.{claims}.{signature[::-1]}",
        f"{header}.{claims}.",
        resigned(alice.bearer, key="x" * 64),
        resigned(alice.bearer, algorithm="HS384"),
        f"{UNSIGNED}.{claims}.",
    ):
        assert status_with(alice, forged) == 401


@pytest.mark.parametrize(
    "claims",
    [
        {"token_use": "refresh"},
        {"token_use": None},
        {"exp": 1},
        {"sub": "x"},
        {"sub": "9" * 19},
        {"sid": ""},
        {"sid": "!"},
        {"sid": 5},
        {"aud": "another"},
        {"nbf": 2**40},
        {"pwd": "other"},
    ],
    ids=str,
)
def test_what_we_signed_for_something_else(alice, claims):
    bearer = alice.bearer
    assert status_with(alice, resigned(bearer, **claims)) == 401
    assert status_with(alice, resigned(bearer)) == 200


def test_what_is_no_token_of_ours_takes_no_room(alice):
    for number in range(50):
        assert status_with(alice, f"{number}.b.c") == 401
    assert access_tokens._signed_by_us.cache_info().currsize == 0
    assert access_tokens._signed_by_us.cache_info().maxsize == REMEMBERED


def sign_in_by(alice, path, body):
    answer = alice.client.post(f"/_allauth/app/v1/{path}", body, content_type="application/json")
    assert answer.status_code == 200, answer.content
    alice.client.cookies.clear()
    return answer.json()


class TestClocksThatDiffer:
    """A token is read by other hosts than the one that made it."""

    @pytest.mark.parametrize(("ahead", "status"), [(2, 200), (29, 200), (40, 401)])
    def test_of_a_host_that_is_ahead(self, alice, ahead, status):
        with time_machine.travel(timezone.now() + timedelta(seconds=ahead)):
            alice.sign_in_again()
        assert status_with(alice, alice.bearer) == status

    @pytest.mark.parametrize(("ahead", "status"), [(2, 200), (29, 200), (40, 400)])
    def test_so_it_is_with_refresh_tokens_and_what_they_give(self, alice, ahead, status):
        login = {"email": alice.email, "password": "correct-horse-battery"}
        with time_machine.travel(timezone.now() + timedelta(seconds=ahead)):
            meta = sign_in_by(alice, "auth/login", login)["meta"]
        answer = alice.client.post(
            "/_allauth/app/v1/tokens/refresh",
            {"refresh_token": meta["refresh_token"]},
            content_type="application/json",
        )
        assert answer.status_code == status, answer.content
        if status == 200:
            assert status_with(alice, answer.json()["data"]["access_token"]) == 200

    def test_its_end_stays_where_it_is(self, alice):
        told = jwt.decode(alice.bearer, options={"verify_signature": False})
        assert told["exp"] - told["iat"] == settings.HEADLESS_JWT_ACCESS_TOKEN_EXPIRES_IN + access_tokens.LEEWAY
