"""What operators see of the refresh, and how they stop it for one network."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.utils import timezone

from networks.models import SocialNetwork
from social_auth.budgets import fault_alarm
from social_auth.budgets.models import NetworkPause
from social_auth.demo.factories import NetworkPauseFactory
from social_auth.refresh import batches, planning
from social_auth.refresh.states import network_states
from social_auth.sandbox.traits import set_traits

pytestmark = pytest.mark.django_db


def run(capsys, *command):
    call_command(*command)
    return capsys.readouterr().out


def state(network):
    cache.clear()
    return next(one for one in network_states(timezone.now()) if one["network"] == network)


@pytest.fixture
def rounds(alice, sandbox):
    """One network of each kind was read, one could not be, one is due."""
    for network in ("tiktok", "twitter", "youtube"):
        alice.connected(network)
    set_traits("twitter", "*", state="5xx")
    SocialNetwork.objects.exclude(network="youtube").update(next_refresh_at=timezone.now())
    for batch in planning.REFRESH.claim_due(timezone.now()):
        batches.refresh_batch(batch.lane, batch.token, batch.ids)
    SocialNetwork.objects.filter(network="youtube").update(next_refresh_at=timezone.now() - timedelta(minutes=90))


def test_states(rounds):
    assert [state("tiktok")[name] for name in ("calls", "refreshed", "postponed", "due")] == [1, 1, 0, 0]
    assert [state("twitter")[name] for name in ("calls", "refreshed", "postponed", "due")] == [0, 0, 1, 0]
    youtube = state("youtube")
    assert (youtube["due"], youtube["health"], youtube["paused"]) == (1, {"healthy": 1}, False)
    assert 5399 < youtube["oldest_due_seconds"] < 5410


def test_a_provider_that_refuses_us_is_called_so(capsys):
    fault_alarm.report("tiktok", "our client is refused")
    [line] = [line for line in run(capsys, "refresh_status").splitlines() if "tiktok" in line]
    assert "refuses us" in line


def test_the_table(rounds, capsys):
    NetworkPauseFactory(network="pinterest")
    table = run(capsys, "refresh_status")
    youtube = next(line for line in table.splitlines() if "youtube" in line)
    assert "1 h 30 min" in youtube
    assert "running" in youtube
    assert "paused" in next(line for line in table.splitlines() if "pinterest" in line)


def test_metrics(rounds, client):
    cache.clear()
    text = client.get("/metrics").content.decode()
    assert 'connect_refresh_due{network="youtube"} 1.0' in text
    assert 'connect_refresh_refreshed_5m{network="tiktok"} 1.0' in text
    assert 'connect_refresh_postponed_5m{network="twitter"} 1.0' in text
    assert 'connect_connections{health="healthy",network="tiktok"} 1.0' in text
    assert 'connect_refresh_units_left{network="youtube"}' in text
    assert 'connect_work_due{lane="youtube",work="discovery"} 1.0' in text
    assert 'connect_work_outstanding{lane="tiktok",work="renewal"} 0.0' in text


def test_a_count_that_nobody_told_is_no_zero_on_the_front_page(desk, alice, sandbox):
    """Facebook tells no followers of a profile: this one is accepted, and there is nothing to add up."""
    alice.connected("facebook")
    page = " ".join(desk.get("/admin/").content.decode().split())
    row = page.partition("<td>Facebook</td>")[2].partition("</tr>")[0]
    assert row.endswith("<td>-</td><td>-</td> ")


def test_metrics_survive_a_dead_database(client, monkeypatch):
    from django.db import OperationalError

    def down(now):
        raise OperationalError

    monkeypatch.setattr("config.metrics.network_states", down)
    assert client.get("/metrics").status_code == 200


class TestPause:
    def test_pause_and_resume(self, alice, sandbox, capsys):
        alice.connected("tiktok")
        SocialNetwork.objects.update(next_refresh_at=timezone.now())
        assert "tiktok is paused until it is resumed." in run(capsys, "pause_network", "tiktok", "--reason", "ill")
        assert not list(planning.REFRESH.claim_due(timezone.now()))
        assert "is read again" in run(capsys, "resume_network", "tiktok")
        assert "was not paused" in run(capsys, "resume_network", "tiktok")
        assert list(planning.REFRESH.claim_due(timezone.now()))

    @pytest.mark.parametrize(
        ("options", "until"),
        [
            (("--until", "2099-01-31T18:00"), "2099-01-31 18:00"), (("--until", "2099-01-31"), "2099-01-31 00:00"),
            (("--until", "2099-01-31T18:00+02:00"), "2099-01-31 16:00"),
        ],
    )  # fmt: skip
    def test_until(self, capsys, options, until):
        assert f"until {until} UTC" in run(capsys, "pause_network", "twitter", *options)

    def test_hours(self, capsys):
        run(capsys, "pause_network", "twitter", "--hours", "2")
        until = NetworkPause.objects.get().until
        assert timedelta(hours=1.9) < until - timezone.now() < timedelta(hours=2.1)

    @pytest.mark.parametrize("options", [("--until", "soon"), ("--until", "2001-01-01"), ("--hours", "-1")])
    def test_what_cannot_be(self, options):
        with pytest.raises(CommandError):
            call_command("pause_network", "twitter", *options)
        assert not NetworkPause.objects.exists()
