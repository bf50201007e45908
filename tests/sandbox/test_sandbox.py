"""The sandbox for people: its page, its commands, and every state as the API shows it to an app."""

import json
import re

import pytest
import requests
from django.core.management import CommandError, call_command
from django.utils import timezone

from networks.models import SocialNetwork
from social_auth.refresh import batches, planning
from social_auth.sandbox.minting import minted
from social_auth.sandbox.states import CALL_STATES, STATES

pytestmark = pytest.mark.django_db
SEVEN = ("facebook", "youtube", "instagram", "twitter", "tiktok", "linkedin", "pinterest")


def run(capsys, *command):
    call_command(*command)
    return json.loads(capsys.readouterr().out)


def outcome(creator, network, **more):
    """What the app gets for a fresh token of maya's: ok, or the error with its reason."""
    answer = creator.post(f"auth/{network}/", minted(network, "maya", **more))
    told = answer.json()
    return "ok" if answer.status_code == 200 else told.get("reason") or told["error"]


def refreshed():
    SocialNetwork.objects.update(next_refresh_at=timezone.now())
    for batch in planning.REFRESH.claim_due(timezone.now()):
        batches.refresh_batch(batch.lane, batch.token, batch.ids)
    return SocialNetwork.objects.get()


class TestPage:
    def get(self, sandbox):
        page = requests.get(f"{sandbox.url}/", timeout=5)
        assert page.headers["Content-Type"].startswith("text/html")
        return page.text

    def post(self, sandbox, call, **form):
        return requests.post(f"{sandbox.url}/_/{call}", form, timeout=5)

    def test_it_lists_accounts_states_and_calls(self, alice, sandbox):
        alice.connected("twitter", "maya")
        page = self.get(sandbox)
        for state in STATES:
            assert f">{state}<" in page
        assert "GET api.x.com/2/users/me" in page
        assert ">maya<" in page
        assert "sbx." not in page

    def test_every_field_has_a_label(self, sandbox):
        page = self.get(sandbox)
        for tag in re.findall(r"<(?:input|select)[^>]*>", page):
            labelled = 'type="hidden"' in tag or "aria-label=" in tag
            assert labelled or re.search(rf"<label>[^<]*{re.escape(tag)}", page), tag
        assert 'lang="en"' in page

    def test_a_minted_token_connects(self, alice, sandbox):
        page = self.post(sandbox, "mint", network="instagram", account="maya", kind="code").text
        shown = json.loads(re.search(r'<pre id="body">(.*?)</pre>', page, re.DOTALL)[1].replace("&quot;", '"'))
        alice.ok("auth/instagram/", shown)

    def test_what_is_set_is_what_the_provider_says(self, alice, sandbox):
        self.post(sandbox, "set", network="twitter", account="maya", followers="1234", handle="maya_real")
        alice.connected("twitter", "maya")
        row = SocialNetwork.objects.get()
        assert (row.followers, row.external_id) == (1234, "maya_real")

    def test_forgetting(self, alice, sandbox):
        self.post(sandbox, "set", network="twitter", account="maya", followers="1234")
        self.post(sandbox, "forget")
        alice.connected("twitter", "maya")
        assert SocialNetwork.objects.get().followers != 1234

    @pytest.mark.parametrize(
        ("call", "form"),
        [
            ("set", {}), ("set", {"network": "myspace", "account": "maya"}), ("nonsense", {}),
            ("set", {"network": "twitter", "account": "Maya!"}), ("mint", {"network": "x"}), ("mint", {}),
            ("set", {"network": "twitter", "account": "maya", "followers": "-1"}),
            ("set", {"network": "twitter", "account": "maya", "followers": "many"}),
            ("set", {"network": "twitter", "account": "maya", "state": "tired"}),
            ("set", {"network": "twitter", "account": "*", "state": "deleted"}),
            ("set", {"network": "twitter", "account": "maya", "handle": "<script>"}),
            ("mint", {"network": "twitter", "account": "<b>"}), ("mint", {"network": "twitter", "kind": "id_token"}),
        ],
    )  # fmt: skip
    def test_what_cannot_be_is_said(self, sandbox, call, form):
        answer = self.post(sandbox, call, **form)
        assert answer.status_code == 400
        assert 'role="alert"' in answer.text
        assert "<script>alert" not in answer.text

    def test_other_sites_cannot_press_its_buttons(self, sandbox):
        headers = {"Origin": "https://evil.example"}
        assert requests.post(f"{sandbox.url}/_/forget", headers=headers, timeout=5).status_code == 403

    def test_the_log_names_no_token(self, alice, sandbox):
        alice.connected("facebook", "maya")
        assert all("sbx." not in f"{line}" for line in sandbox.log.lines())
        assert sandbox.log.lines()[0].account == "maya"


class TestCommands:
    def test_set_and_read_back(self, alice, sandbox, capsys):
        done = run(capsys, "sandbox_set", "youtube", "maya", "hidden", "--followers", "500")
        assert (done["state"], done["followers"]) == ("hidden", 500)
        alice.connected("youtube", "maya")
        row = SocialNetwork.objects.get()
        assert (row.followers, row.followers_source) == (None, "hidden")

    def test_an_id_token_comes_from_the_running_sandbox(self, sandbox, capsys):
        assert run(capsys, "sandbox_token", "google", "maya", "--id-token")["id_token"].count(".") == 2

    @pytest.mark.parametrize(
        "command", [("sandbox_set", "twitter", "maya", "ok"), ("sandbox_token", "google", "--id-token")]
    )
    def test_without_a_sandbox(self, command):
        with pytest.raises(CommandError, match="No sandbox answers"):
            call_command(*command)

    def test_what_cannot_be(self, sandbox):
        with pytest.raises(CommandError, match="is no state of a network"):
            call_command("sandbox_set", "twitter", "*", "personal")

    @pytest.mark.parametrize("command", [("sandbox_set", "twitter", "maya", "ok"), ("sandbox_token", "twitter")])
    def test_not_in_production(self, settings, command):
        settings.CONNECT_ENV = "production"
        with pytest.raises(CommandError, match="production"):
            call_command(*command)


class TestStates:
    """What an app and a connection see of each state."""

    @pytest.mark.parametrize("network", SEVEN)
    def test_tokens_that_are_over_and_new_ones_that_work(self, alice, sandbox, capsys, network):
        old = minted(network, "maya")
        for state in ("expired", "revoked"):
            run(capsys, "sandbox_set", network, "maya", state)
            assert alice.refused(f"auth/{network}/", old)[1]["error"] == "invalid_access_token"
        assert outcome(alice, network) == "ok"

    @pytest.mark.parametrize("network", ["facebook", "youtube", "instagram", "linkedin"])
    def test_another_app(self, alice, sandbox, capsys, network):
        run(capsys, "sandbox_set", network, "maya", "wrong_app")
        assert outcome(alice, network) == "wrong_app"

    @pytest.mark.parametrize("network", SEVEN)
    def test_missing_scope(self, alice, sandbox, capsys, network):
        run(capsys, "sandbox_set", network, "maya", "missing_scope")
        assert outcome(alice, network) == "missing_scope"

    @pytest.mark.parametrize(("network", "state"), [("instagram", "personal"), ("youtube", "no_channel")])
    def test_not_connectable(self, alice, sandbox, capsys, network, state):
        run(capsys, "sandbox_set", network, "maya", state)
        assert outcome(alice, network) == "not_connectable"

    @pytest.mark.parametrize("network", ["youtube", "instagram", "twitter", "tiktok", "pinterest"])
    def test_a_hidden_count_is_not_zero(self, alice, sandbox, capsys, network):
        run(capsys, "sandbox_set", network, "maya", "hidden")
        assert outcome(alice, network) == "ok"
        assert SocialNetwork.objects.get().followers is None

    @pytest.mark.parametrize("network", ["instagram", "twitter", "tiktok", "pinterest"])
    def test_renamed_is_the_same_account(self, alice, sandbox, capsys, network):
        pk = alice.connected(network, "maya")
        run(capsys, "sandbox_set", network, "maya", "renamed")
        row = refreshed()
        assert (row.pk, row.external_id, row.health) == (pk, "new_maya", "healthy")

    @pytest.mark.parametrize("state", ["deleted", "suspended"])
    @pytest.mark.parametrize("network", SEVEN)
    def test_an_account_that_is_gone(self, alice, sandbox, capsys, network, state):
        pk = alice.connected(network, "maya")
        run(capsys, "sandbox_set", network, "maya", state)
        assert refreshed().health == "suspect"
        alice.ok("network/disconnect/", {"network_id": pk})
        assert outcome(alice, network) in ("gone", "invalid_access_token", "not_connectable")

    @pytest.mark.parametrize("network", ["facebook", "instagram", "twitter"])
    def test_a_locked_account_is_its_owners_to_unlock(self, alice, sandbox, capsys, network):
        run(capsys, "sandbox_set", network, "maya", "locked")
        assert outcome(alice, network) == "locked"
        run(capsys, "sandbox_set", network, "maya", "ok")
        assert outcome(alice, network) == "ok"

    @pytest.mark.parametrize("network", SEVEN)
    def test_our_own_client_may_be_deleted(self, alice, sandbox, capsys, network):
        run(capsys, "sandbox_set", network, "*", "client_deleted")
        assert outcome(alice, network, kind="code") == "provider_unavailable"

    @pytest.mark.parametrize("state", [state for state in CALL_STATES if state not in ("hang", "drip")])
    @pytest.mark.parametrize("network", SEVEN)
    def test_nobody_is_blamed_for_a_provider_that_is_ill(self, alice, sandbox, capsys, network, state):
        alice.connected(network, "maya")
        run(capsys, "sandbox_set", network, "*", state)
        assert outcome(alice, network) == "provider_unavailable"
        before = SocialNetwork.objects.get()
        after = refreshed()
        assert (after.health, after.followers, after.status) == (before.health, before.followers, before.status)
        run(capsys, "sandbox_set", network, "*", "ok")
        assert outcome(alice, network) in ("ok", "network_already_connected")

    @pytest.mark.parametrize("state", ["hang", "drip"])
    def test_one_that_takes_its_time_ends_with_the_deadline(self, alice, sandbox, capsys, state, monkeypatch):
        monkeypatch.setattr("social_auth.wire.http.DEADLINE", 0.3)
        run(capsys, "sandbox_set", "twitter", "maya", state)
        assert outcome(alice, "twitter") == "provider_unavailable"

    def test_limits_say_so_in_the_providers_own_headers(self, sandbox, capsys):
        told = {}
        for network, path in (
            ("facebook", "graph.facebook.com/v26.0/me"),
            ("instagram", "graph.instagram.com/v26.0/me"),
            ("twitter", "api.x.com/2/users"),
        ):
            run(capsys, "sandbox_set", network, "*", "rate_limited")
            told[network] = requests.get(f"{sandbox.url}/{path}", timeout=5).headers
        assert json.loads(told["facebook"]["X-App-Usage"])["call_count"] == 100
        assert "estimated_time_to_regain_access" in told["instagram"]["X-Business-Use-Case-Usage"]
        assert told["twitter"]["x-rate-limit-remaining"] == "0"
