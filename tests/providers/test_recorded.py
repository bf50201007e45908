"""Bodies that real SDKs test with, where RECORDED_BODIES names a folder of them: each comes out as what it means."""

import json
import os
from pathlib import Path

import pytest

from social_auth.providers.adapters import ADAPTERS
from social_auth.providers.records import Posted, Profile, Subject, Tokens
from social_auth.wire import http
from social_auth.wire.outcomes import (
    Gone,
    MissingScope,
    OurFault,
    Outcome,
    RateLimited,
    TokenDead,
    Unavailable,
    Unclear,
    WrongApp,
)

FOLDER = os.environ.get("RECORDED_BODIES", "")
ADAPTER_OF = {adapter.provider_id: adapter for adapter in ADAPTERS.values()}
ERRORS = {
    "facebook/error_100_appsecret_proof_required": (400, OurFault),
    "facebook/error_100_bad_request_url": (400, OurFault),
    "facebook/error_100_missing_permission": (400, MissingScope),
    "facebook/error_100_nonexisting_field": (400, OurFault),
    "facebook/error_104_no_token": (400, OurFault),
    "facebook/error_10_permission_denied": (400, MissingScope),
    "facebook/error_190_460_password_changed": (400, TokenDead),
    "facebook/error_190_463_expired": (400, TokenDead),
    "facebook/error_190_466_invalidated": (400, TokenDead),
    "facebook/error_190_467_logged_out": (400, TokenDead),
    "facebook/error_190_bogus_token": (400, TokenDead),
    "facebook/error_191_redirect_uri": (400, OurFault),
    "facebook/error_1_https_required": (400, Unavailable),
    "facebook/error_200_not_authorized": (400, MissingScope),
    "facebook/error_2500_bogus_path": (400, OurFault),
    "facebook/error_2500_no_token": (400, OurFault),
    "facebook/error_2_service_unavailable_transient": (400, Unavailable),
    "facebook/error_341_limit_no_code": (400, RateLimited),
    "facebook/error_368_blocked": (400, OurFault),
    "facebook/error_803_username_lookup": (400, OurFault),
    "facebook/error_app_capability_no_code": (400, MissingScope),
    "facebook/error_deauth_no_code": (400, TokenDead),
    "facebook/error_oauth_full_fields": (400, Unavailable),
    "facebook/error_password_no_code": (400, TokenDead),
    "facebook/token_exchange_error_191": (400, OurFault),
    "google/error_400_key_invalid": (400, OurFault),
    "google/error_403_permission_denied": (403, Unavailable),
    "google/error_oauth_string": (400, Unclear),
    "instagram/error_2500_igapiexception": (400, OurFault),
    "instagram/error_oauth_code_exchange": (400, TokenDead),
    "instagram/threads_error_100_33": (400, Gone),
    "linkedin/error_403_100_no_permission": (403, MissingScope),
    "linkedin/v1_error_insufficient_permission": (403, MissingScope),
    "linkedin/v1_error_invalid_token": (401, TokenDead),
    "linkedin/v1_error_not_found": (404, Gone),
    "linkedin/v1_error_throttle": (403, RateLimited),
    "pinterest/error_400_invalid_user_id": (400, OurFault),
    "pinterest/error_401_2_authentication_failed": (401, TokenDead),
    "pinterest/error_403_29_not_permitted": (403, MissingScope),
    "pinterest/error_403_user_account": (403, MissingScope),
    "pinterest/error_404_board": (404, Gone),
    "pinterest/error_409_conflict": (409, Unclear),
    "pinterest/error_500": (500, Unavailable),
    "twitter/error_401_about_blank": (401, TokenDead),
    "twitter/error_403_99_bad_app_credentials": (403, OurFault),
    "twitter/error_403_client_not_enrolled": (403, OurFault),
}
PROFILES = {
    "facebook/me_mark": ("4", None),
    "facebook/me_minimal": ("123456789", None),
    "google/channels_single_statistics": ("UC_x5XG1OV2P6uZZ5FSM9Ttw", 1927873),
    "google/channels_info_multiple": ("UCK8sQmJBp8GCxrOtXWBpyEA", 10700000),
    "google/channels_info_handle": ("UC_x5XG1OV2P6uZZ5FSM9Ttw", None),
    "instagram/ig_user_fields": ("17841407673135339", 64363),
    "instagram/ig_user_restfb": ("173435464534", 10),
    "pinterest/user_account_openapi_example": ("2783136121146311751", 10),
    "pinterest/user_account_allauth": ("351247977031674143", None),
    "tiktok/user_info_allauth": ("44322889", None),
    "twitter/users_me_full": ("1234567890123456789", 69),
    "twitter/user_by_id_public_metrics": ("2244994945", 514020),
    "twitter/tweepy_users_me": ("1072250532645998596", None),
}
PLACES = {"google": ("items", 0), "tiktok": ("data", "user"), "twitter": ("data",)}

pytestmark = pytest.mark.skipif(not FOLDER, reason="RECORDED_BODIES names no folder")


def recorded(name):
    return json.loads((Path(FOLDER) / f"{name}.json").read_text())


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    adapter, (status, outcome) = ADAPTER_OF[name.partition("/")[0]], ERRORS[name]
    answer = http.Answer(status, {}, recorded(name))
    facts = adapter.facts(answer)
    assert facts is not None
    assert type(adapter.classify(facts, answer)) is outcome


@pytest.mark.parametrize("name", PROFILES)
def test_profiles(name):
    provider, body = name.partition("/")[0], recorded(name)
    for key in PLACES.get(provider, ()):
        body = body[key]
    profile = ADAPTER_OF[provider].profile(body)  # type: ignore[attr-defined]
    assert (profile.uid, profile.followers) == PROFILES[name]


LISTS = {
    "facebook/me_accounts_p1 facebook/me_accounts_p2": ["123", "1234", "123456", "12345678"],
    "facebook/me_accounts_single": ["2121008874780932"],
    "google/channels_multi": ["UC_x5XG1OV2P6uZZ5FSM9Ttw", "UCK8sQmJBp8GCxrOtXWBpyEA"],
}
TOKENS = {
    "facebook/long_lived_token": ("token", "", True),
    "google/token_response_pkg": ("access_token", "refresh_token", True),
    "pinterest/token_code": ("pina_SCRUBBED", "pinr.SCRUBBED", True),
    "instagram/token_short_lived": (None, "", False),
}
SUBJECTS = {
    "facebook/batch_two_ok": ("123456789", Profile),
    "facebook/batch_first_error": ("2", MissingScope),
    "twitter/users_batch": (None, Profile),
}
DEBUG_TOKENS = {
    "facebook/debug_token_invalid_467": TokenDead,
    "facebook/debug_token_user": WrongApp,
    "facebook/debug_token_legacy_int_ids": WrongApp,
    "facebook/debug_token_page": WrongApp,
}


@pytest.fixture
def answers(monkeypatch):
    """Let providers answer with the named bodies, one after the other, the last one for ever."""

    def play(names, status=200):
        bodies = [recorded(name) for name in names.split()]
        monkeypatch.setattr(
            http, "call", lambda *_, **__: http.Answer(status, {}, bodies.pop(0) if len(bodies) > 1 else bodies[0])
        )

    return play


@pytest.mark.parametrize("names", LISTS)
def test_lists(answers, names):
    answers(names)
    listed = [asset.uid for asset in ADAPTER_OF[names.partition("/")[0]].assets("x")]
    assert [uid for uid in listed if uid in LISTS[names]] == LISTS[names]


@pytest.mark.parametrize("name", TOKENS)
def test_tokens(answers, name):
    answers(name)
    access, refresh, ends = TOKENS[name]
    tokens = ADAPTER_OF[name.partition("/")[0]].exchange(Posted(code="x", redirect_uri="x", code_verifier="x"))
    assert tokens.access_token == access or access is None
    assert (tokens.refresh_token, tokens.expires_at is not None or not ends) == (refresh, True)


@pytest.mark.parametrize("name", SUBJECTS)
def test_batches(answers, name, monkeypatch):
    adapter, (uid, wanted) = ADAPTER_OF[name.partition("/")[0]], SUBJECTS[name]
    if name.startswith("facebook"):
        monkeypatch.setattr(adapter, "app_token", lambda: "x")
    answers(name)
    body = recorded(name)
    uid = uid or body["data"][0]["id"]
    count = len(body) if isinstance(body, list) else 1
    results = adapter.read_many([Subject(number, uid, "x") for number in range(count)])
    assert type(results[0]) is wanted


@pytest.mark.parametrize("name", DEBUG_TOKENS)
def test_tokens_that_prove_nothing(answers, name, monkeypatch):
    monkeypatch.setattr(ADAPTER_OF["facebook"], "app_token", lambda: "x")
    answers(name)
    with pytest.raises(DEBUG_TOKENS[name]):
        ADAPTER_OF["facebook"].prove(Tokens("x"))


@pytest.mark.django_db
def test_no_recorded_body_is_more_than_an_adapter_can_take(monkeypatch):
    bodies = [json.loads(path.read_text()) for path in sorted(Path(FOLDER).rglob("*.json"))]
    assert len(bodies) > 100
    for body in bodies:
        for status in (200, 400, 401, 403, 500):
            monkeypatch.setattr(http, "call", lambda *_, s=status, b=body, **__: http.Answer(s, {}, b))
            for adapter in ADAPTERS.values():
                for operation in (
                    lambda a=adapter: a.prove(Tokens("x"), "1"),
                    lambda a=adapter: a.read_many([Subject(1, "1", "x")]),
                    lambda a=adapter: a.asset_noun and a.assets("x"),
                ):
                    try:
                        assert operation() is not None
                    except Outcome as outcome:
                        assert outcome.detail is not None
