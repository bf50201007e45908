"""Events: each change once, in the transaction that makes it, and a feed that leaves nothing out."""

from datetime import timedelta
from threading import Event as Signal
from threading import Thread

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from config.environment import BASE_DIR
from connect.events.catalogue import EVENT_TYPES
from connect.events.models import Event
from networks.models import SocialNetwork
from pages.models import SocialPage
from social_auth.credentials.warnings import write_warnings
from tests.moderation.test_flags import read_again
from tests.support.api import alone


def types():
    return list(Event.objects.order_by("pk").values_list("type", flat=True))


def fresh():
    """The types that were written since the last look."""
    told = types()
    Event.objects.all().delete()
    return told


@pytest.mark.django_db
class TestLife:
    def test_of_a_connection(self, alice, staff, sandbox):
        pk = alice.connected("tiktok")
        assert fresh() == ["network.connected", "network.verified"]
        row = SocialNetwork.objects.get(pk=pk)
        row.accept(by=staff)
        row.suspend(by=staff, reason="fraud")
        row.reinstate(by=staff)
        row.reject(by=staff, reason="spam")
        assert fresh() == ["network.accepted", "network.suspended", "network.reinstated", "network.rejected"]
        alice.ok("network/disconnect/", {"network_id": pk})
        told = Event.objects.get()
        assert (told.type, told.data["by"], told.user_id) == ("network.disconnected", "owner", alice.user.pk)
        fresh()
        alice.connected("tiktok")
        assert fresh() == ["network.connected"]

    def test_of_a_claim(self, alice, sandbox):
        alice.claim("tiktok", "maya", followers=None)
        assert fresh() == []
        alice.connected("tiktok", "maya")
        assert fresh() == ["network.connected", "network.verified"]

    def test_health(self, alice, sandbox):
        alice.connected("instagram")
        fresh()
        for health in ("suspect", "reauth_required", "healthy", "expiring", "healthy", "suspect", "healthy"):
            SocialNetwork.objects.update(health=health)
        assert fresh() == ["network.reauth_required", "network.recovered", "network.recovered"]

    @pytest.mark.parametrize("share", [True, False])
    def test_the_reason_only_if_it_is_shared(self, alice, staff, share):
        SocialNetwork.objects.get(pk=alice.claim()).transition("reject", by=staff, reason="spam", share=share)
        assert Event.objects.get().data.get("reason") == ("spam" if share else None)

    def test_a_new_name(self, alice, sandbox):
        alice.connected("instagram")
        SocialNetwork.objects.update(external_id="an_older_name")
        fresh()
        read_again()
        told = Event.objects.get()
        assert (told.type, told.data["was"]) == ("network.renamed", "an_older_name")

    def test_a_milestone_once(self, alice, sandbox):
        alice.connected("twitter")
        now = SocialNetwork.objects.get().followers
        fresh()
        for before in (now // 10, now // 10, now - 1):
            SocialNetwork.objects.update(followers=before)
            read_again()
        told = Event.objects.filter(type="network.milestone")
        assert [(one.data["milestone"], one.data["followers"]) for one in told] == [(10 ** (len(str(now)) - 1), now)]

    def test_who_ended_it(self, alice, staff, sandbox):
        for by, health, who in ((None, "none", "system"), (None, "revoked", "provider"), (staff, "none", "staff")):
            alice.connected("tiktok")
            fresh()
            SocialNetwork.objects.get().disconnect(by=by, health=health)
            assert Event.objects.get().data["by"] == who
            fresh()

    def test_a_bulk_decision_is_an_event_for_each(self, alice, staff):
        for name in ("one", "two", "three"):
            alice.claim(name=name)
        SocialNetwork.objects.all().decide("accept", by=staff, asked_at=timezone.now())
        assert fresh() == ["network.accepted"] * 3

    def test_what_is_undone_was_none(self, alice, staff):
        row = SocialNetwork.objects.get(pk=alice.claim())
        with transaction.atomic():
            row.accept(by=staff)
            transaction.set_rollback(True)
        assert fresh() == []

    def test_a_page_that_is_proven_again(self, alice):
        body = {"network": "facebook", "page_id": "p", "page_name": "P", "page_url": "https://facebook.com/p"}
        alice.ok("add/social-page/", body)
        for verified in (True, False, True):
            SocialPage.objects.update(verified=verified, provider_uid="1")
        assert fresh() == ["page.verified", "page.unverified", "page.verified"]

    def test_every_type_is_in_the_catalogue(self, alice, bob, staff, sandbox):
        alice.connected("facebook")
        body = {"network": "facebook", "page_id": "p", "page_name": "P", "page_url": "https://facebook.com/p"}
        bob.ok("add/social-page/", body)
        assert set(types()) <= set(EVENT_TYPES)


@pytest.mark.django_db
class TestWarnings:
    def test_fourteen_seven_three_and_one_day_ahead_each_once(self, alice, sandbox):
        alice.connected("instagram")
        fresh()
        end = timezone.now() + timedelta(days=20)
        SocialNetwork.objects.update(health="expiring", expires_at=end)
        told = []
        for hour in range(0, 21 * 24, 6):
            write_warnings(timezone.now() + timedelta(hours=hour))
            told += [event.data["days"] for event in Event.objects.filter(type="network.expiring")]
            Event.objects.update(type="told")
        assert told == [14, 7, 3, 1]

    def test_a_new_credential_is_warned_of_anew(self, alice, sandbox):
        alice.connected("instagram")
        SocialNetwork.objects.update(health="expiring")
        for days in (2, 2.5):
            SocialNetwork.objects.update(expires_at=timezone.now() + timedelta(days=days))
            assert write_warnings(timezone.now()) == 1
            assert write_warnings(timezone.now()) == 0

    def test_a_healthy_one_is_not_told_of(self, alice, sandbox):
        alice.connected("instagram")
        SocialNetwork.objects.update(expires_at=timezone.now() + timedelta(days=2))
        assert write_warnings(timezone.now()) == 0


@pytest.mark.django_db(transaction=True)
class TestFeed:
    def test_page_by_page(self, alice, bob, staff):
        for name in ("one", "two", "three"):
            SocialNetwork.objects.get(pk=alice.claim(name=name)).accept(by=staff)
        SocialNetwork.objects.get(pk=bob.claim()).accept(by=staff)
        first = alice.ok("get/events/", {"limit": 2})
        assert [one["type"] for one in first["events"]] == ["network.accepted"] * 2
        assert first["more"] is True
        rest = alice.ok("get/events/", {"cursor": first["next_cursor"]})
        assert [one["data"]["external_id"] for one in first["events"] + rest["events"]] == ["one", "two", "three"]
        assert rest["more"] is False
        again = alice.ok("get/events/", {"cursor": rest["next_cursor"]})
        assert again == {"events": [], "next_cursor": rest["next_cursor"], "more": False}

    def test_what_commits_late_is_not_passed_over(self, alice, staff):
        slow, quick = (SocialNetwork.objects.get(pk=alice.claim(name=name)) for name in ("slow", "quick"))
        began, go_on = Signal(), Signal()

        def late():
            with transaction.atomic():
                slow.accept(by=staff)
                began.set()
                go_on.wait(10)

        thread = Thread(target=alone(late))
        thread.start()
        began.wait(10)
        quick.accept(by=staff)
        seen = alice.ok("get/events/")
        go_on.set()
        thread.join()
        seen_later = alice.ok("get/events/", {"cursor": seen["next_cursor"]})
        told = [one["data"]["external_id"] for one in seen["events"] + seen_later["events"]]
        assert sorted(told) == ["quick", "slow"]

    @pytest.mark.parametrize("cursor", ["x", "1-1", "-1", "1.0", "٣", "1" * 21])
    def test_a_wrong_cursor(self, alice, cursor):
        assert alice.refused("get/events/", {"cursor": cursor})[1]["field"] == "cursor"

    @pytest.mark.parametrize("cursor", ["", None, "0", "99999999999999999999"])
    def test_a_cursor_that_leads_nowhere(self, alice, cursor):
        assert alice.ok("get/events/", {"cursor": cursor})["events"] == []

    def test_old_ones_are_pruned(self, alice, staff, capsys):
        SocialNetwork.objects.get(pk=alice.claim()).accept(by=staff)
        call_command("prune_events")
        assert Event.objects.count() == 1
        Event.objects.update(created_at=timezone.now() - timedelta(days=31))
        call_command("prune_events")
        assert capsys.readouterr().out == "0 events deleted.\n1 events deleted.\n"

    def test_what_is_told_once_is_not_told_again_after_that(self, alice, capsys, sandbox):
        alice.connected("twitter")
        now = SocialNetwork.objects.get().followers
        for days in (31, 0):
            SocialNetwork.objects.update(followers=now // 10)
            SocialNetwork.objects.update(followers=now)
            Event.objects.update(created_at=timezone.now() - timedelta(days=days))
            call_command("prune_events")
        assert not alice.ok("get/events/")["events"]
        assert Event.objects.filter(type="network.milestone").count() == 1


def test_the_page_about_events_is_true(capsys):
    call_command("event_docs")
    assert capsys.readouterr().out == (BASE_DIR / "docs" / "events.md").read_text()
