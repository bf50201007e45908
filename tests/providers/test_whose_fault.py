"""Whose fault is it: decided for every answer with a body, by what the call was made with, and seen through HTTP."""

import json
from datetime import timedelta
from email.utils import format_datetime

import pytest
from django.utils import timezone

from connect.moderation.workflow import Health
from networks.models import SocialNetwork
from social_auth.assets import discovery
from social_auth.budgets import fault_alarm, spending
from social_auth.budgets.models import ProviderMinute
from social_auth.credentials import renewal
from social_auth.credentials.models import Credential
from social_auth.providers.adapters import ADAPTERS, adapter_for
from social_auth.providers.rules import LAST_RULES, About
from social_auth.refresh.management.commands.provider_docs import row
from social_auth.sandbox.minting import minted
from social_auth.sandbox.traits import set_traits
from social_auth.wire import breaker, http
from social_auth.wire.outcomes import (
    AccountLimited,
    Fault,
    Gone,
    Locked,
    MissingScope,
    NotConnectable,
    OtherClient,
    OurFault,
    OutOfCredit,
    RateLimited,
    TokenDead,
    Unavailable,
    Unclear,
    WrongApp,
)
from tests.refresh.test_refresh import make_due, run_due

pytestmark = pytest.mark.django_db
CODE = {"code": "a-code", "code_verifier": "v" * 43, "redirect_uri": "connect://callback"}
TOKEN = {"access_token": "a-token", "user_id": "1"}
REFRESH = TOKEN | {"refresh_token": "a-refresh-token"}


def graph(code, message="", status=400, **more):
    return status, {"error": {"message": message, "type": "OAuthException", "code": code, **more}}


def google(http_status, reason, **more):
    return http_status, {"error": {"code": http_status, "message": "x", "errors": [{"reason": reason}], **more}}


def detailed(reason):
    kind = "type.googleapis.com/google.rpc.ErrorInfo"
    return google(403, "forbidden", status="PERMISSION_DENIED", details=[{"@type": kind, "reason": reason}])


def oauth(status, error, text=""):
    return status, {"error": error, "error_description": text}


def x_error(status, code):
    return status, {"errors": [{"code": code, "message": "x"}]}


def problem(status, kind, **more):
    return status, {"title": "Forbidden", "type": f"https://api.x.com/2/problems/{kind}", "detail": "x", **more}


FORBIDDEN = (403, {"title": "Forbidden", "type": "about:blank", "status": 403, "detail": "Forbidden"})
UNAUTHORIZED = (401, {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"})
X_VERIFIER = oauth(400, "invalid_request", "Value passed for the code verifier did not match the code challenge.")
X_REDIRECT = oauth(400, "invalid_request", "Value passed for the redirect uri did not match the uri of the code.")
TT_VERIFIER = oauth(200, "invalid_request", "Code verifier or code challenge is invalid.")
IG_REDIRECT = (
    400,
    {
        "error_type": "OAuthException",
        "code": 400,
        "error_message": "Error validating verification code. Please make sure your redirect_uri is identical to the "
        "one you used in the OAuth dialog request",
    },
)
LI_MISMATCH = "Unable to retrieve access token: appid/redirect uri/code verifier does not match authorization code."
DELETED = "Error validating application. Application has been deleted."
SYSTEM = "Error validating application. Cannot get application info due to a system error."
PIN_GRANT = (401, {"code": 283, "message": "The authorization grant is invalid"})
PIN_AUTH = (401, {"code": 2, "message": "Authentication failed."})

POSTED = [
    # what the app posted is to blame: a 400 that names it
    ("twitter", CODE, X_VERIFIER, "code_verifier"),
    ("twitter", CODE, X_REDIRECT, "redirect_uri"),
    ("twitter", CODE, oauth(400, "invalid_request", "Value passed for the authorization code was invalid."), "code"),
    ("twitter", TOKEN, problem(403, "user-suspended"), "gone"),
    ("twitter", TOKEN, x_error(403, 64), "gone"),
    ("twitter", TOKEN, x_error(403, 326), "locked"),
    ("twitter", TOKEN, FORBIDDEN, "missing_scope"),
    ("twitter", TOKEN, UNAUTHORIZED, "access_token"),
    ("twitter", TOKEN, problem(403, "unsupported-authentication"), "access_token"),
    ("twitter", REFRESH, oauth(400, "invalid_request", "Value passed for the token was invalid."), "refresh_token"),
    ("tiktok", CODE, TT_VERIFIER, "code_verifier"),
    ("tiktok", CODE, oauth(200, "invalid_request", "Redirect_uri is not matched with the uri."), "redirect_uri"),
    ("tiktok", CODE, oauth(200, "invalid_grant", "Authorization code is expired."), "code"),
    ("tiktok", CODE, oauth(200, "access_denied", "The resource owner denied the request."), "code"),
    ("google", CODE, oauth(400, "redirect_uri_mismatch", "Bad Request"), "redirect_uri"),
    ("google", CODE, oauth(400, "invalid_request", "Invalid parameter value for redirect_uri"), "redirect_uri"),
    ("google", CODE, oauth(400, "invalid_grant", "Invalid code verifier."), "code_verifier"),
    ("google", CODE, oauth(400, "invalid_grant", "Malformed auth code."), "code"),
    ("google", CODE, oauth(401, "unauthorized_client", "Unauthorized"), "wrong_app"),
    ("instagram", CODE, IG_REDIRECT, "redirect_uri"),
    ("instagram", TOKEN, graph(190, "checkpoint", error_subcode=459), "locked"),
    ("facebook", CODE, graph(191, "The domain of this URL isn't in the app's domains."), "redirect_uri"),
    ("facebook", CODE, graph(100, "This authorization code has been used.", error_subcode=36009), "code"),
    ("linkedin", CODE, oauth(400, "invalid_redirect_uri", "x"), "redirect_uri"),
    ("linkedin", CODE, oauth(401, "invalid_request", LI_MISMATCH), "code"),
    ("pinterest", CODE, PIN_GRANT, "code"),
    ("pinterest", CODE, (400, {"code": 1, "message": "Invalid request: redirect_uri does not match"}), "redirect_uri"),
    ("pinterest", TOKEN, PIN_AUTH, "access_token"),
]  # fmt: skip
OURS = [
    ("google", CODE, oauth(401, "deleted_client", "The OAuth client was deleted.")),
    ("google", CODE, oauth(401, "disabled_client", "The OAuth client was disabled.")),
    ("google", CODE, oauth(401, "invalid_client", "The provided client secret is invalid.")),
    ("facebook", CODE, graph(1, "Error validating client secret.")),
    ("facebook", CODE, graph(101, "Error validating application. Invalid application ID.")),
    ("instagram", CODE, (400, {"error_type": "OAuthException", "code": 400, "error_message": "Invalid platform app"})),
    ("instagram", TOKEN, graph(190, DELETED)),
    ("instagram", TOKEN, graph(200, "API access blocked.")),
    ("instagram", TOKEN, graph(200, "API access deactivated. To reactivate, go to the app dashboard.")),
    ("pinterest", CODE, PIN_AUTH),
    ("pinterest", CODE, (403, {"code": 29, "message": "Your application is not allowed to do that."})),
    ("linkedin", CODE, oauth(400, "invalid_request", 'A required parameter "grant_type" is missing')),
    ("linkedin", CODE, oauth(401, "invalid_client", "Client authentication failed")),
    ("linkedin", CODE, oauth(403, "access_denied", "Application is not allowed to do that")),
    ("tiktok", CODE, oauth(200, "invalid_client", "Client key or secret is incorrect.")),
    ("tiktok", CODE, oauth(200, "unsupported_grant_type", "x")),
    ("twitter", CODE, oauth(401, "unauthorized_client", "Missing valid authorization header")),
    ("twitter", CODE, UNAUTHORIZED),
    ("twitter", TOKEN, problem(403, "client-forbidden", reason="client-not-enrolled")),
    ("twitter", TOKEN, (418, {"title": "Teapot"})),  # no rule knows it: somebody has to look
]
PROVIDERS = [
    ("instagram", TOKEN, graph(101, SYSTEM)),
    ("instagram", TOKEN, graph(2, "Service temporarily unavailable")),
    ("twitter", TOKEN, (503, None)),
    ("tiktok", CODE, oauth(200, "temporarily_unavailable", "x")),
]


@pytest.fixture
def says(garbage, settings):
    """Let every call to a provider be answered so."""

    def say(answer, **headers):
        settings.CONNECT_PROVIDER_PROXY = garbage.url
        garbage.status, garbage.headers = answer[0], headers
        garbage.body = b"" if answer[1] is None else json.dumps(answer[1]).encode()

    return say


def told_ops(network):
    network = "youtube" if network == "google" else network
    tally = ProviderMinute.objects.filter(network=network).first()
    return tally.faults if tally else 0


@pytest.mark.parametrize(("network", "body", "answer", "blamed"), POSTED)
def test_what_was_posted_is_a_400_that_names_it(alice, says, network, body, answer, blamed):
    says(answer)
    status, told = alice.refused(f"auth/{network}/", body)
    assert (status, told.get("field") or told.get("reason")) == (400, blamed)
    assert told_ops(network) == 0


@pytest.mark.parametrize(("network", "body", "answer"), OURS)
def test_what_is_ours_is_told_to_ops(alice, says, network, body, answer):
    says(answer, **{"x-rate-limit-reset": str(int(timezone.now().timestamp()) + 900), "x-rate-limit-remaining": "74"})
    status, told = alice.refused(f"auth/{network}/", body)
    assert (status, told["error"], told["retry_after"]) == (503, "provider_unavailable", 30)
    assert told_ops(network) == 1


@pytest.mark.parametrize(("network", "body", "answer"), PROVIDERS)
def test_what_is_the_providers_is_neither(alice, says, network, body, answer):
    says(answer)
    assert alice.refused(f"auth/{network}/", body)[0] == 503
    assert told_ops(network) == 0


@pytest.mark.parametrize(("network", "body", "answer"), [case[:3] for case in (*POSTED, *OURS)])
def test_nobody_opens_the_breaker_by_what_they_post(alice, garbage, says, network, body, answer):
    says(answer)
    adapter = adapter_for("youtube" if network == "google" else network)
    for number in range(breaker.FAILURES + 5):
        secrets = {name: value for name, value in body.items() if name in ("code", "access_token", "refresh_token")}
        fresh = {name: f"{value}{number}" for name, value in secrets.items()}
        alice.post(f"auth/{network}/", body | fresh)
    assert len(garbage.hits) > breaker.FAILURES
    assert adapter.breaker.seconds_left() == 0


@pytest.mark.parametrize("answer", [(500, None), (503, {"error": "x"})])
def test_failing_opens_it(alice, says, answer):
    says(answer)
    for number in range(breaker.FAILURES):
        alice.post("auth/twitter/", TOKEN | {"access_token": f"token{number}"})
    assert adapter_for("twitter").breaker.seconds_left() > 0


def test_an_answer_that_leads_elsewhere_is_told_and_does_not_open_it(alice, says):
    says((302, None), Location="https://elsewhere.test/")
    for number in range(breaker.FAILURES):
        alice.refused("auth/twitter/", TOKEN | {"access_token": f"token{number}"})
    assert adapter_for("twitter").breaker.seconds_left() == 0
    assert told_ops("twitter") >= 1


def test_places_that_are_all_taken_do_not_make_a_hung_provider_well(alice, says, monkeypatch):
    adapter = adapter_for("twitter")
    says((503, None))
    for number in range(breaker.FAILURES - 1):
        alice.refused("auth/twitter/", TOKEN | {"access_token": f"token{number}"})
    with monkeypatch.context() as patch:
        patch.setattr(http, "PLACES", 0)
        patch.setattr(http, "_places", {})
        assert alice.refused("auth/twitter/", TOKEN)[1]["retry_after"] == 1
    assert adapter.breaker.seconds_left() == 0
    alice.refused("auth/twitter/", TOKEN)
    assert adapter.breaker.seconds_left() > 0


class TestRetryAfter:
    RESET = {"x-rate-limit-limit": "75"}

    def told(self, creator, says, answer, remaining):
        reset = str(int(timezone.now().timestamp()) + 900)
        says(answer, **{"x-rate-limit-reset": reset, "x-rate-limit-remaining": remaining})
        return creator.refused("auth/twitter/", TOKEN)[1].get("retry_after")

    def test_a_header_that_is_on_every_answer_is_no_limit(self, alice, says):
        assert self.told(alice, says, (503, None), "74") == 30
        assert self.told(alice, says, FORBIDDEN, "74") is None

    @pytest.mark.parametrize("off", [-300, 300])
    def test_the_moment_that_x_tells_is_of_its_own_clock(self, alice, says, off):
        theirs = timezone.now() + timedelta(seconds=off)
        reset = str(int(theirs.timestamp()) + 600)
        headers = {"date": format_datetime(theirs, usegmt=True), "x-rate-limit-remaining": "0"}
        says((429, {"title": "Too Many Requests"}), **headers, **{"x-rate-limit-reset": reset})
        assert alice.refused("auth/twitter/", TOKEN)[1]["retry_after"] == 600

    def test_one_that_was_hit_is(self, alice, says):
        assert 890 < self.told(alice, says, (429, {"title": "Too Many Requests"}), "0") <= 900


class TestRenewal:
    """A refusal of us keeps everybody's credential."""

    CASES = [
        ("youtube", oauth(401, "deleted_client", "The OAuth client was deleted.")),
        ("youtube", oauth(401, "disabled_client", "The OAuth client was disabled.")),
        ("youtube", oauth(401, "unauthorized_client", "Unauthorized")),  # our settings name another client now
        ("facebook", graph(190, DELETED)),
        ("facebook", graph(200, "API access blocked.")),
        ("facebook", graph(1, "Error validating client secret.")),
        ("linkedin", oauth(400, "invalid_request", 'A required parameter "refresh_token" is missing')),
        ("pinterest", PIN_AUTH),
        ("twitter", UNAUTHORIZED),
        ("tiktok", oauth(200, "invalid_client", "x")),
    ]

    @pytest.mark.parametrize(("network", "answer"), CASES)
    def test_nobody_is_marked(self, alice, sandbox, says, settings, network, answer):
        settings.CONNECT_CONFIRM_DEAD_AFTER = timedelta(0)
        pk = alice.ok(f"auth/{network}/", minted(network, "maya", kind="code"))["network_id"]
        kept = Credential.objects.get().open()
        says(answer)
        for _ in range(3):
            Credential.objects.update(due_at=timezone.now(), lease_until=None)
            assert renewal.renew(pk) == "postponed"
        row, credential = SocialNetwork.objects.get(), Credential.objects.get()
        assert (row.health, credential.open(), credential.refused_at) == (Health.HEALTHY, kept, None)
        assert credential.due_at > timezone.now()
        assert told_ops(network) == 1

    @pytest.mark.parametrize("network", [adapter.network for adapter in ADAPTERS.values()])
    def test_the_sandbox_deletes_our_client(self, alice, sandbox, settings, network):
        settings.CONNECT_CONFIRM_DEAD_AFTER = timedelta(0)
        pk = alice.ok(f"auth/{network}/", minted(network, "maya", kind="code"))["network_id"]
        set_traits(network, "*", state="client_deleted")
        Credential.objects.update(due_at=timezone.now(), obtained_at=timezone.now() - timedelta(days=2))
        assert renewal.renew(pk) == "postponed"
        assert told_ops(network) == 1
        assert alice.refused(f"auth/{network}/", minted(network, "leo", kind="code"))[0] == 503
        for _ in range(2):
            make_due()
            run_due()
        assert SocialNetwork.objects.get().health == Health.HEALTHY


class TestReading:
    CASES = [
        ("youtube", detailed("SERVICE_DISABLED")),
        ("youtube", detailed("API_KEY_IP_ADDRESS_BLOCKED")),
        ("youtube", google(403, "accessNotConfigured")),
        ("facebook", graph(190, DELETED)),
        ("instagram", graph(200, "API access blocked.")),
        ("instagram", graph(190, DELETED)),
        ("twitter", UNAUTHORIZED),
        ("twitter", FORBIDDEN),
        ("linkedin", (426, {"status": 426, "code": "NONEXISTENT_VERSION", "message": "x"})),
    ]

    @pytest.mark.parametrize(("network", "answer"), CASES)
    def test_nobody_is_marked_and_ops_are_told(self, alice, sandbox, says, settings, network, answer):
        settings.CONNECT_CONFIRM_DEAD_AFTER = timedelta(0)
        alice.connected(network)
        says(answer)
        for _ in range(2):
            make_due()
            assert run_due() == [{"postponed": 1}]
        row = SocialNetwork.objects.get()
        assert (row.health, row.next_refresh_at > timezone.now()) == (Health.HEALTHY, True)
        assert told_ops(network) >= 1

    def test_an_outage_of_meta_that_names_the_application(self, alice, sandbox, says):
        alice.connected("instagram")
        says(graph(101, SYSTEM))
        make_due()
        assert run_due() == [{"postponed": 1}]
        assert told_ops("instagram") == 0

    def test_a_listing_that_is_refused_to_us_is_told(self, alice, sandbox, says):
        pk = alice.connected("youtube")
        says(detailed("SERVICE_DISABLED"))
        assert discovery.discover(pk) == "postponed"
        assert told_ops("youtube") == 1

    @pytest.mark.parametrize("network", ["facebook", "instagram"])
    def test_a_locked_account_is_its_owners_to_unlock_and_heals_by_itself(self, alice, sandbox, settings, network):
        settings.CONNECT_CONFIRM_DEAD_AFTER = timedelta(0)
        alice.connected(network)
        set_traits(network, "maya", state="locked")
        found = []
        for _ in range(2):
            make_due()
            run_due()
            found.append(SocialNetwork.objects.get().health)
        assert found == [Health.SUSPECT, Health.REAUTH_REQUIRED]
        set_traits(network, "maya", state="ok")
        make_due()
        run_due()
        assert SocialNetwork.objects.get().health == Health.HEALTHY


class TestAlarm:
    def test_once_a_minute(self, monkeypatch):
        lines = []
        monkeypatch.setattr(fault_alarm.logger, "error", lambda event, **more: lines.append((event, more)))
        for _ in range(3):
            fault_alarm.report("tiktok", "our client is refused")
        fault_alarm.report("tiktok", "our request is wrong")
        assert [more["meaning"] for _, more in lines] == ["our client is refused", "our request is wrong"]
        assert told_ops("tiktok") == 2

    def test_the_metric(self, client):
        fault_alarm.report("tiktok", "our client is refused")
        page = client.get("/metrics").content.decode()
        assert 'connect_refresh_faults_5m{network="tiktok"} 1.0' in page

    def test_it_is_no_call_and_no_end(self):
        fault_alarm.report("tiktok", "our client is refused")
        tally = ProviderMinute.objects.get()
        assert (tally.calls, tally.ends, tally.faults) == (0, 0, 1)


MEANINGS = [
    ("youtube", About.TOKEN, detailed("ACCESS_TOKEN_SCOPE_INSUFFICIENT"), MissingScope),
    ("youtube", About.TOKEN, google(403, "accountDelegationForbidden"), NotConnectable),
    ("youtube", About.TOKEN, google(403, "userRateLimitExceeded"), AccountLimited),
    ("youtube", About.CLIENT, google(403, "userRateLimitExceeded"), RateLimited),
    ("youtube", About.CLIENT, google(403, "playlistForbidden"), Gone),
    ("youtube", About.CLIENT, google(400, "keyExpired"), OurFault),
    ("youtube", About.CLIENT, detailed("CONSUMER_SUSPENDED"), OurFault),
    ("youtube", About.CLIENT, google(403, "dailyLimitExceededUnreg"), OurFault),
    ("youtube", About.TOKEN, google(403, "forbidden"), MissingScope),
    ("youtube", About.CLIENT, google(403, "forbidden"), Unclear),
    ("youtube", About.GRANT, oauth(403, "access_denied", "Account restricted"), TokenDead),
    ("youtube", About.GRANT, oauth(401, "unauthorized_client"), OtherClient),
    ("youtube", About.GRANT, oauth(400, "invalid_grant", "Token has been expired or revoked."), TokenDead),
    ("facebook", About.TOKEN, graph(17), AccountLimited),
    ("facebook", About.TOKEN, graph(4), RateLimited),
    ("facebook", About.TOKEN, graph(100, "(#100) requires either app secret proof or an app token"), OurFault),
    ("facebook", About.TOKEN, graph(190, "the user logged out or may be due to a system error", error_subcode=467),
     TokenDead),
    ("facebook", About.TOKEN, graph(190, "x", error_subcode=464), Locked),
    ("facebook", About.TOKEN, graph(99999), Unclear),
    ("instagram", About.TOKEN, graph(101, "Error validating application."), WrongApp),
    ("instagram", About.TOKEN, graph(80002), AccountLimited),
    ("instagram", About.GRANT, graph(10), MissingScope),
    ("twitter", About.TOKEN, (429, {"title": "Too Many Requests"}), AccountLimited),
    ("twitter", About.CLIENT, (429, {"title": "Too Many Requests"}), RateLimited),
    ("twitter", About.TOKEN, problem(429, "usage-capped"), OutOfCredit),
    ("twitter", About.TOKEN, x_error(403, 453), OurFault),
    ("twitter", About.TOKEN, problem(400, "invalid-request"), OurFault),
    ("twitter", About.TOKEN, problem(400, "field-hydration-failure"), Unavailable),
    ("twitter", About.GRANT, oauth(400, "temporarily_unavailable"), Unavailable),
    ("twitter", About.GRANT, oauth(400, "invalid_request", "Missing required parameter [client_id]."), OurFault),
    ("linkedin", About.TOKEN, (429, {"message": "Resource level throttle MEMBER DAY limit"}), AccountLimited),
    ("linkedin", About.TOKEN, (401, {"status": 401, "message": "x"}), TokenDead),
    ("linkedin", About.CLIENT, (401, {"status": 401, "message": "x"}), OurFault),
    ("linkedin", About.GRANT, (404, {"message": "x"}), Unclear),
    ("tiktok", About.GRANT, oauth(200, "invalid_scope"), MissingScope),
    ("pinterest", About.GRANT, PIN_GRANT, TokenDead),
    ("pinterest", About.GRANT, (404, {"code": 404, "message": "x"}), Unclear),
]  # fmt: skip


@pytest.mark.parametrize(("network", "about", "answer", "outcome"), MEANINGS)
def test_the_same_word_is_somebody_elses_fault_with_each_kind_of_call(says, network, about, answer, outcome):
    says(answer)
    with pytest.raises(outcome) as caught:
        adapter_for(network).call("GET", "https://provider.test/", about=about)
    assert type(caught.value) is outcome


@pytest.mark.parametrize("adapter", ADAPTERS.values(), ids=lambda adapter: adapter.network)
def test_the_table_is_whole(adapter):
    """Each rule has its row with a fault; what is ours or the provider's is a 503, what is the creator's a 400."""
    for rule in (*adapter.rules, *LAST_RULES):
        cells = row(rule).replace("\\|", "").split(" | ")
        assert len(cells) == 6
        assert cells[3].startswith("400" if rule.outcome.fault == Fault.CREATOR else "503")
        assert issubclass(rule.outcome, Unavailable) == (rule.outcome.fault != Fault.CREATOR)


@pytest.mark.parametrize("adapter", ADAPTERS.values(), ids=lambda adapter: adapter.network)
def test_no_4xx_goes_without_somebody_who_has_to_act(adapter):
    facts = adapter.facts(http.Answer(422, {}, {"unheard": "of"}))
    assert adapter.classify(facts).fault == Fault.OURS


class TestTokensOfAnotherApp:
    """A bare token may be of the poster's own app: what its answers say of limits must not hold up everybody."""

    def answer(self, monkeypatch, status, headers, body):
        monkeypatch.setattr(http, "call", lambda *_, **__: http.Answer(status, headers, body))

    def test_its_usage_parks_nobody(self, alice, sandbox, monkeypatch):
        self.answer(monkeypatch, 400, {"x-app-usage": '{"call_count": 100}'}, {"error": {"code": 190}})
        assert alice.post("auth/instagram/", {"access_token": "t", "user_id": "1"}).status_code == 400
        assert spending.parked_until("instagram", timezone.now()) is None

    @pytest.mark.parametrize(
        ("network", "status", "body"),
        [("instagram", 400, {"error": {"code": 4}}), ("pinterest", 429, {"code": 8}), ("tiktok", 429, {})],
    )
    def test_its_limits_open_no_breaker(self, alice, sandbox, monkeypatch, network, status, body):
        self.answer(monkeypatch, status, {}, body)
        for number in range(breaker.FAILURES + 1):
            assert alice.post(f"auth/{network}/", {"access_token": f"t{number}", "user_id": "1"}).status_code == 503
        assert adapter_for(network).breaker.seconds_left() == 0
