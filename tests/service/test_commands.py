"""What ops type, and what they read then."""

import json
from collections import Counter
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from connect.desk.models import Decision
from connect.models import User
from connect.moderation.flags import Flag
from connect.moderation.kinds import kinds
from networks.models import SocialNetwork
from social_auth.sandbox.accounts import account_of_channel, account_of_number
from social_auth.sandbox.states import STATES
from social_auth.sandbox.tokens import mint, read_token
from tests.refresh.test_refresh import make_due, run_due

NETWORKS = ("facebook", "google", "instagram", "twitter", "tiktok", "linkedin", "pinterest", "youtube")


def run(capsys, *arguments):
    call_command(*arguments)
    return capsys.readouterr().out


class TestSandboxToken:
    @pytest.mark.django_db
    @pytest.mark.parametrize("network", NETWORKS)
    def test_what_it_prints_connects(self, alice, sandbox, capsys, network):
        printed = json.loads(run(capsys, "sandbox_token", network, "maya"))
        body = {"access_token": printed["access_token"], "user_id": printed["user_id"]}
        assert alice.ok(f"auth/{network}/", body)["status"] == "success"

    def test_without_an_account_it_makes_one_up(self, capsys):
        first, second = (json.loads(run(capsys, "sandbox_token", "twitter")) for _ in range(2))
        assert first["account"] != second["account"]
        assert first["user_id"] != second["user_id"]

    def test_foreign_and_states(self, capsys):
        assert json.loads(run(capsys, "sandbox_token", "twitter", "maya", "--foreign"))["app"] == "somebody-elses-app"
        for state in STATES:
            assert json.loads(run(capsys, "sandbox_token", "twitter", "maya", "--state", state))["state"] == state

    @pytest.mark.parametrize("arguments", [["myspace"], ["twitter", "No Name"], ["twitter", "maya", "--state", "odd"]])
    def test_bad_arguments(self, arguments):
        with pytest.raises(CommandError):
            call_command("sandbox_token", *arguments)

    def test_ids_lead_back_to_names(self):
        for name in ("a", "maya", "z9_______", "abcdefghi"):
            account = mint("twitter", name).holder
            assert account_of_number("twitter", str(account.number)) == account
            assert account_of_channel(mint("youtube", name).holder.channel_id).name == name
        for number in ("", "0", "x", "9" * 30, "٣"):
            assert account_of_number("twitter", number) is None

    def test_tokens_that_are_none(self):
        good = str(mint("twitter", "maya"))
        for text in ("", "sbx.", "x", good[:-4], good + "!", good.replace("sbx.", "abc."), "sbx.e30"):
            assert read_token(text, "twitter") is None
        assert read_token(good, "facebook") is None


class TestNotInProduction:
    @pytest.mark.parametrize("command", [["sandbox"], ["sandbox_token", "twitter"], ["seed_demo"]])
    def test_development_tools_refuse(self, settings, command):
        settings.CONNECT_ENV = "production"
        with pytest.raises(CommandError):
            call_command(*command)


@pytest.mark.django_db
class TestCheckProviders:
    def test_all_answer(self, sandbox, capsys):
        printed = run(capsys, "check_providers")
        assert "All 7 networks answer." in printed
        assert printed.count("present") == 7

    def test_nobody_is_there(self, capsys):
        with pytest.raises(CommandError, match="7 of 7 networks do not work"):
            call_command("check_providers")
        assert "Unavailable" in capsys.readouterr().out

    def test_a_wrong_secret(self, sandbox, settings, capsys, monkeypatch):
        for module in ("facebook", "instagram"):
            monkeypatch.setattr(f"social_auth.providers.{module}.sandbox.our_secret", lambda network: "another")
        monkeypatch.setattr("social_auth.sandbox.wire.our_secret", lambda network: "another")
        with pytest.raises(CommandError, match="do not work"):
            call_command("check_providers")

    def test_missing_keys(self, sandbox, settings, capsys):
        settings.PROVIDER_CLIENT_SECRETS = settings.PROVIDER_CLIENT_SECRETS | {"TIKTOK": ""}
        with pytest.raises(CommandError, match="1 of 7"):
            call_command("check_providers")
        assert "missing" in capsys.readouterr().out


@pytest.mark.django_db
class TestSeedDemo:
    def test_twice_is_once(self, sandbox, capsys):
        assert "has 5 networks" in run(capsys, "seed_demo")
        counts = [User.objects.count(), SocialNetwork.objects.count(), Decision.objects.count()]
        assert "has 5 networks" in run(capsys, "seed_demo")
        assert [User.objects.count(), SocialNetwork.objects.count(), Decision.objects.count()] == counts
        mine = SocialNetwork.objects.filter(user__email="demo@example.com")
        assert set(mine.values_list("status", flat=True)) == {"accepted", "pending"}
        self.there_are_two_weeks_to_judge_the_desk_by()

    def there_are_two_weeks_to_judge_the_desk_by(self):
        rows = [row for model in kinds().values() for row in model.objects.all()]
        assert {flag for row in rows for flag in row.flags} == set(Flag.values)
        assert {"suspect", "expiring", "reauth_required"} <= {row.health for row in rows}
        assert any(row.appeal_open for row in rows)
        days = Decision.objects.dates("at", "day")
        assert (days[0], len(days)) == (timezone.now().date() - timedelta(days=13), 14)
        assert Decision.objects.values("staff").distinct().count() >= 3

    def test_many_creators_are_as_if_they_had_connected(self, capsys):
        assert "3 creators with 15 networks" in run(capsys, "seed_demo", "--users", "3")
        assert "2 creators with 10 networks" in run(capsys, "seed_demo", "--users", "2")
        assert SocialNetwork.objects.values("user").distinct().count() == User.objects.count() == 5
        made = SocialNetwork.objects.filter(credential__isnull=False)
        assert {network.credential.open().access_token[:4] for network in made} == {"sbx."}
        assert {(n.extra_data == {}, n.status, n.health) for n in made} == {(True, "accepted", "healthy")}
        assert User.objects.create(username="next").pk > User.objects.filter(email__startswith="load").last().pk

    def test_what_was_seeded_can_be_read(self, capsys, sandbox):
        run(capsys, "seed_demo", "--users", "7")
        make_due()
        assert sum(run_due(), Counter()) == {"refreshed": 35}

    def test_without_the_sandbox_the_claims_remain(self, capsys):
        assert "has 1 networks" in run(capsys, "seed_demo")
