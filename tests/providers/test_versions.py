"""Versions of the providers' APIs: their ends are known ahead, and one that is refused stops nobody's numbers."""

from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread

import pytest
import requests
from django.conf import settings as started_with
from django.core.management import call_command
from django.utils import timezone

from config.variables import problems_of
from connect.moderation.workflow import Health
from networks.models import SocialNetwork
from social_auth.assets import discovery
from social_auth.assets.models import Asset, Discovery
from social_auth.budgets.models import ProviderMinute
from social_auth.providers import versions
from social_auth.sandbox.traits import set_traits

LAST_DAY = date(2027, 1, 15)
"""Of LinkedIn's 202601."""


@pytest.fixture
def lines(monkeypatch):
    told = []
    monkeypatch.setattr(versions.logger, "error", lambda event, **more: told.append((event, more)))
    return told


@pytest.fixture
def retire(sandbox):
    def call(*names, network="linkedin"):
        for version in names:
            form = {"network": network, "version": version}
            assert requests.post(f"{sandbox.url}/_/retire", form, timeout=5).status_code == 200

    return call


def relist(*accounts):
    Discovery.objects.update(due_at=timezone.now(), lease_until=None)
    return [discovery.discover(pk) for pk in accounts]


def refusals(sandbox):
    return [line for line in sandbox.log.lines() if line.status == 426]


@pytest.mark.django_db
class TestLinkedInRefusesOurs:
    @pytest.fixture
    def accounts(self, alice, bob, sandbox):
        pks = [alice.connected("linkedin", "maya"), bob.connected("linkedin", "leo")]
        assert relist(*pks) == ["listed", "listed"]
        for name, followers in (("maya", 111_000), ("leo", 222_000)):
            set_traits("linkedin", name, followers=followers)
        sandbox.log.clear()
        return pks

    def test_in_the_middle_of_a_refresh_and_numbers_go_on(self, accounts, sandbox, retire, lines, client):
        before = dict(Asset.objects.values_list("provider_uid", "followers"))
        assert relist(accounts[0]) == ["listed"]
        retire(started_with.LINKEDIN_VERSION)
        assert relist(accounts[1]) == ["listed"]
        after = dict(Asset.objects.values_list("provider_uid", "followers"))
        assert before.keys() == after.keys()
        assert all(after[uid] != count for uid, count in before.items())
        assert {*SocialNetwork.objects.values_list("health", flat=True)} == {Health.HEALTHY}
        assert ProviderMinute.objects.get(network="linkedin").faults == 1
        assert lines == [
            ("a provider refuses our version", {"network": "linkedin", "version": "202609", "instead": "202610"})
        ]
        assert "202609 is refused: 202610 is asked for instead" in client.get("/health/").json()["versions"]

    def test_it_is_asked_under_the_refused_one_once(self, accounts, sandbox, retire):
        retire(started_with.LINKEDIN_VERSION)
        assert relist(*accounts) == ["listed", "listed"]
        assert len(refusals(sandbox)) == 1

    def test_an_older_one_serves_where_no_newer_does(self, accounts, retire, lines):
        retire("202609", "202610", "202611")
        assert relist(*accounts) == ["listed", "listed"]
        assert [more["instead"] for _, more in lines] == ["202610", "202611", "202608"]

    def test_without_any_it_waits_and_heals(self, accounts, sandbox, retire):
        retire(*(version.name for version in versions.KNOWN["LINKEDIN_VERSION"]))
        assert relist(accounts[0]) == ["postponed"]
        assert len(refusals(sandbox)) == len(versions.KNOWN["LINKEDIN_VERSION"])
        assert relist(accounts[1]) == ["postponed"]
        assert {*SocialNetwork.objects.values_list("health", flat=True)} == {Health.HEALTHY}
        assert Asset.objects.count() == 4
        requests.post(f"{sandbox.url}/_/forget", timeout=5)
        assert relist(*accounts) == ["listed", "listed"]


def test_threads_that_meet_it_together_agree(lines):
    together, told = Barrier(8), []

    def meet():
        together.wait()
        told.append(versions.mark_refused("linkedin", "202609"))

    threads = [Thread(target=meet) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (told, len(lines), versions.in_use("linkedin")) == ([True] * 8, 1, "202610")


@pytest.mark.django_db
class TestMetaServesAnother:
    def test_it_is_said_once(self, alice, bob, sandbox, settings, lines):
        settings.GRAPH_VERSION = "v19.0"
        alice.connected("instagram", "maya")
        bob.connected("instagram", "leo")
        assert lines == [
            ("a provider serves another version", {"network": "instagram", "asked": "v19.0", "served": "v21.0"})
        ]

    def test_nothing_is_said_of_the_one_asked_for(self, alice, sandbox, lines):
        alice.connected("instagram")
        alice.connected("facebook")
        asked = {call.path for call in sandbox.calls if call.path.endswith("/me")}
        assert asked == {"/v27.0/me"}
        assert lines == []

    def test_one_that_is_retired_is_served_by_the_oldest(self, alice, retire, lines):
        retire("v27.0", network="facebook")
        alice.connected("facebook")
        assert [(more["asked"], more["served"]) for _, more in lines] == [("v27.0", "v21.0")]


@pytest.mark.django_db
class TestWarning:
    @pytest.fixture(params=[(61, False), (60, True), (0, True), (-3, True)])
    def days(self, request, settings, time_machine):
        settings.LINKEDIN_VERSION = "202601"
        left, warned = request.param
        time_machine.move_to(datetime.combine(LAST_DAY, datetime.min.time(), UTC) - timedelta(days=left))
        return left, warned

    def test_sixty_days_ahead(self, sandbox, client, capsys, days):
        left, warned = days
        call_command("check_providers")
        text = f"LINKEDIN_VERSION=202601 {'ends' if left >= 0 else 'ended'} on 2027-01-15 ({left} days left)"
        assert (f"Warning: {text}" in capsys.readouterr().out) is warned
        state = client.get("/health/")
        assert (state.status_code, state.json()["versions"]) == (200, text if warned else "ok")
        page = client.get("/metrics").content.decode()
        assert f'connect_provider_version_days_left{{network="linkedin",version="202601"}} {left:.1f}' in page

    def test_an_end_that_nobody_told_is_no_number(self, client):
        page = client.get("/metrics").content.decode()
        assert 'version_days_left{network="linkedin",version="202609"}' in page
        assert 'version_days_left{network="facebook"' not in page

    def test_one_that_is_refused_has_no_days_left(self, client):
        versions.mark_refused("linkedin", "202609")
        page = client.get("/metrics").content.decode()
        assert 'version_days_left{network="linkedin",version="202609"} 0.0' in page

    def test_one_that_the_table_lacks(self, settings, client):
        settings.LINKEDIN_VERSION = "203001"
        assert "203001 is in no list that we know" in client.get("/health/").json()["versions"]


@pytest.mark.parametrize("setting", versions.KNOWN)
def test_what_is_set_by_default_is_known(setting):
    assert getattr(started_with, setting) in {version.name for version in versions.KNOWN[setting]}


@pytest.mark.parametrize(
    ("name", "value"), [("GRAPH_VERSION", "27.0"), ("LINKEDIN_VERSION", "2026"), ("LINKEDIN_VERSION", "202613")]
)
def test_a_version_that_is_none_is_refused_at_the_start(name, value):
    assert [finding.about for finding in problems_of({name: value})] == [name]
