"""Error bodies of real providers, in payloads of our own, and the outcome each one means."""

import pytest
from django.utils import timezone

from social_auth.providers.adapters import adapter_for
from social_auth.providers.values import as_count, as_time, as_uid
from social_auth.wire import http
from social_auth.wire.limits import requested_wait
from social_auth.wire.outcomes import (
    AccountLimited,
    Gone,
    MissingScope,
    NotConnectable,
    OurFault,
    OutOfCredit,
    RateLimited,
    TokenDead,
    Unavailable,
    Unclear,
    VersionRetired,
    WrongApp,
)


def graph(code=None, message="", status=400, **more):
    return status, {"error": {"message": message, "type": "OAuthException", "code": code, **more}}


def google(status, reason, message=""):
    return status, {"error": {"code": status, "message": message, "errors": [{"reason": reason}]}}


def problem(status, kind, **more):
    return status, {"title": "t", "type": f"https://api.twitter.com/2/problems/{kind}", **more}


CASES = [
    ("facebook", graph(190, "expired", error_subcode=463), TokenDead),
    ("facebook", graph(190, "password changed", error_subcode=460), TokenDead),
    ("facebook", graph(102), TokenDead),
    ("facebook", graph("190"), TokenDead),
    ("facebook", graph(4), RateLimited),
    ("facebook", graph(80001), AccountLimited),
    ("facebook", graph(None, "(#341) Application limit reached"), RateLimited),
    ("facebook", graph(100, "(#100) The App_id in the input_token did not match the Viewing App"), WrongApp),
    ("facebook", graph(100, "Invalid appsecret_proof provided in the API argument"), OurFault),
    ("facebook", graph(100, "Unsupported get request", error_subcode=33), Gone),
    ("facebook", graph(100, "(#100) Missing Permission"), MissingScope),
    ("facebook", graph(10), MissingScope),
    ("facebook", graph(200), MissingScope),
    ("facebook", graph(190, is_transient=True), Unavailable),
    ("facebook", graph(2, "Service temporarily unavailable"), Unavailable),
    ("facebook", graph(1), Unavailable),
    ("facebook", graph(368), OurFault),
    ("facebook", (500, None), Unavailable),
    ("facebook", (401, None), Unclear),
    ("facebook", (200, {"error": {"code": 190, "message": "in a 200"}}), TokenDead),
    ("instagram", graph(190, type="IGApiException"), TokenDead),
    ("instagram", (400, {"error_type": "OAuthException", "code": 190, "error_message": "dead"}), TokenDead),
    ("youtube", (400, {"error": "invalid_token", "error_description": "Invalid Value"}), TokenDead),
    ("youtube", (400, {"error_description": "Invalid Value"}), TokenDead),
    ("youtube", (400, {"error": "invalid_grant", "error_description": "Token has been revoked."}), TokenDead),
    ("youtube", google(401, "authError"), TokenDead),
    ("youtube", google(401, "youtubeSignupRequired"), NotConnectable),
    ("youtube", google(403, "quotaExceeded"), OutOfCredit),
    ("youtube", google(403, "rateLimitExceeded"), RateLimited),
    ("youtube", google(403, "insufficientPermissions"), MissingScope),
    ("youtube", google(403, "authenticatedUserAccountClosed"), Gone),
    ("youtube", google(400, "keyInvalid"), OurFault),
    ("youtube", google(403, "SERVICE_UNAVAILABLE"), Unavailable),
    ("youtube", google(503, "backendError"), Unavailable),
    ("twitter", (401, {"title": "Unauthorized", "type": "about:blank", "status": 401}), TokenDead),
    ("twitter", (401, {"errors": [{"code": 89, "message": "Invalid or expired token."}]}), TokenDead),
    ("twitter", (401, {"errors": [{"code": 32, "message": "Could not authenticate you"}]}), OurFault),
    ("twitter", (403, {"errors": [{"code": 99, "message": "Unable to verify your credentials"}]}), OurFault),
    ("twitter", problem(403, "client-forbidden", reason="client-not-enrolled"), OurFault),
    ("twitter", problem(402, "credits"), OutOfCredit),
    ("twitter", problem(429, "usage-capped"), OutOfCredit),
    ("twitter", (429, {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}), AccountLimited),
    ("twitter", problem(403, "not-authorized-for-resource"), MissingScope),
    ("twitter", (503, None), Unavailable),
    ("tiktok", (401, {"error": {"code": "access_token_invalid", "message": ""}}), TokenDead),
    ("tiktok", (401, {"error": {"code": "scope_not_authorized", "message": ""}}), MissingScope),
    ("tiktok", (400, {"error": {"code": "scope_permission_missed", "message": ""}}), MissingScope),
    ("tiktok", (429, {"error": {"code": "rate_limit_exceeded", "message": ""}}), RateLimited),
    ("tiktok", (200, {"error": "invalid_grant", "error_description": "expired"}), TokenDead),
    ("tiktok", (200, {"error": {"code": "internal_error"}}), Unavailable),
    ("tiktok", (401, None), Unclear),
    ("linkedin", (401, {"serviceErrorCode": 65601, "code": "REVOKED_ACCESS_TOKEN", "message": ""}), TokenDead),
    ("linkedin", (401, {"serviceErrorCode": 65600, "code": "EXPIRED_ACCESS_TOKEN", "message": ""}), TokenDead),
    ("linkedin", (403, {"serviceErrorCode": 100, "message": "Not enough permissions"}), MissingScope),
    ("linkedin", (429, {"message": "Resource level throttle APPLICATION DAY limit"}), OutOfCredit),
    ("linkedin", (426, {"message": "version"}), VersionRetired),
    ("linkedin", (401, {"error": "invalid_client", "error_description": "x"}), OurFault),
    ("pinterest", (401, {"code": 2, "message": "Authentication failed."}), TokenDead),
    ("pinterest", (403, {"code": 29, "message": "You are not permitted to access that resource."}), MissingScope),
    ("pinterest", (404, {"code": 2, "message": "not found"}), Gone),
    ("pinterest", (429, {"code": 8, "message": "You have exceeded your rate limit."}), RateLimited),
    ("pinterest", (500, {"code": 500, "message": "oops"}), Unavailable),
]  # fmt: skip


@pytest.mark.parametrize(("network", "answer", "outcome"), CASES)
def test_outcome(network, answer, outcome):
    adapter = adapter_for(network)
    answer = http.Answer(answer[0], {}, answer[1])

    facts = adapter.facts(answer)

    assert facts is not None
    assert type(adapter.classify(facts, answer)) is outcome


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 418, 302])
@pytest.mark.parametrize("network", ["facebook", "youtube", "instagram", "twitter", "tiktok", "linkedin", "pinterest"])
@pytest.mark.parametrize("body", [None, {}, [], {"error": None}, {"message": 1}, {"error": {}}, {"errors": [1]}])
def test_no_outage_is_ever_a_dead_token(network, status, body):
    adapter = adapter_for(network)
    answer = http.Answer(status, {}, body)
    facts = adapter.facts(answer)
    assert facts is not None
    assert isinstance(adapter.classify(facts, answer), Unavailable)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("120", 120), ("0", 1), ("99999999999999", 21600), ("-1", None), ("x", None), ("", None), ("1e9", None),
     ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("١٢", None)],
)  # fmt: skip
def test_hostile_waits_are_clamped(text, seconds):
    assert requested_wait({"retry-after": text}, timezone.now()) == seconds


def test_numbers_and_ids_as_providers_send_them():
    assert [as_count(value) for value in (0, "0", "12", 5, 10**10)] == [0, 0, 12, 5, 10**10]
    assert [as_count(value) for value in (None, -1, True, 1.5, "1.5", "", "١٢", 10**11, [])] == [None] * 9
    assert as_uid(27281358591558845) == "27281358591558845"
    assert as_time("1679875401") == as_time(1679875401)
    assert as_time(0) is None
    for value in (None, "", True, 1.5, [], "x" * 192, "a\nb"):
        with pytest.raises(Unavailable):
            as_uid(value)
