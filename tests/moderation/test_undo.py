"""A decision is taken back: the record, and what followed it, is what it was, and nothing was decided."""

from datetime import timedelta

import pytest
from django.utils import timezone

from connect.desk.models import Decision
from connect.events.models import Event
from connect.moderation import undo as undoing
from connect.moderation.flags import Flag
from networks.models import SocialNetwork
from social_auth.demo.factories import NetworkFactory, UserFactory
from social_auth.notices import news
from social_auth.notices.models import Mail

pytestmark = pytest.mark.django_db
QUEUE = "/admin/queue/"
OF_MODERATION = undoing.COLUMNS


@pytest.fixture
def claim(alice):
    return NetworkFactory(user=alice.user, status_changed_at=timezone.now() - timedelta(days=3), flags=["renamed"])


def state(row):
    return SocialNetwork.objects.values(*OF_MODERATION).get(pk=row.pk)


def decide(desk, row, decision, **form):
    row.refresh_from_db()
    seen = {"seen": row.status, "seen_at": row.status_changed_at.isoformat(), "asked_at": timezone.now().isoformat()}
    path = f"{QUEUE}network/{row.pk}/"
    page = desk.post(path, {"decision": decision, "reason": "fraud", **seen, **form}, follow=True)
    return page.content.decode().partition('name="ticket" value="')[2].partition('"')[0]


def take_back(browser, ticket):
    return browser.post(f"{QUEUE}undo/", {"ticket": ticket}, follow=True).content.decode()


@pytest.mark.parametrize(
    ("trait", "decision"),
    [(None, "accept"), (None, "reject"), (None, "suspend"), ("connected", "suspend"), ("connected", "reject"),
     ("rejected", "accept"), ("suspended", "reinstate"), ("appealed", "uphold"), ("appealed", "accept")],
)  # fmt: skip
def test_the_record_is_what_it_was(desk, alice, trait, decision):
    row = NetworkFactory(user=alice.user, flags=["renamed"], **({trait: True} if trait else {}))
    before = state(row)
    ticket = decide(desk, row, decision)
    assert state(row) != before
    assert "as it was before" in take_back(desk, ticket)
    assert state(row) == before
    assert not Decision.objects.exists()


def test_the_message_links_the_record_and_offers_to_undo(desk, claim):
    claim.refresh_from_db()
    seen = {"seen": "pending", "seen_at": claim.status_changed_at.isoformat(), "asked_at": timezone.now().isoformat()}
    page = desk.post(f"{QUEUE}network/{claim.pk}/", {"decision": "accept", **seen}, follow=True).content.decode()
    assert f'Accepted: <a href="{QUEUE}network/{claim.pk}/?">' in page
    assert 'form="undo"' in page
    assert '<form method="post" id="undo"' in page


def test_who_followed_is_what_they_were(desk, claim, bob):
    """A suspension is inherited by whoever else claims the account."""
    twin = NetworkFactory(user=bob.user, external_id=claim.external_id, url=claim.url)
    before = state(twin)
    ticket = decide(desk, claim, "suspend")
    assert state(twin)["status"] == "suspended"
    take_back(desk, ticket)
    assert state(twin) == before


def test_who_was_put_back_before_staff_is_suspended_again(desk, claim, bob):
    twin = NetworkFactory(user=bob.user, external_id=claim.external_id, url=claim.url)
    decide(desk, claim, "suspend")
    before = state(twin)
    ticket = decide(desk, claim, "reinstate")
    assert state(twin)["status"] == "pending"
    take_back(desk, ticket)
    assert state(twin) == before


def test_a_record_that_changed_since_is_left_alone(desk, claim):
    ticket = decide(desk, claim, "suspend")
    SocialNetwork.objects.get(pk=claim.pk).raise_flag(Flag.COUNT_JUMPED)
    assert "Nothing was undone" in take_back(desk, ticket)
    assert state(claim)["status"] == "suspended"


def test_it_is_too_late_after_some_seconds(desk, claim, monkeypatch):
    ticket = decide(desk, claim, "accept")
    monkeypatch.setattr(undoing, "UNDO_FOR", -undoing.GRACE)
    assert "Nothing was undone" in take_back(desk, ticket)
    assert state(claim)["status"] == "accepted"


def test_only_ones_own_and_only_once(desk, claim, client):
    other = UserFactory(moderator=True)
    ticket = decide(desk, claim, "accept")
    desk.force_login(other)
    assert "Nothing was undone" in take_back(desk, ticket)
    desk.force_login(Decision.objects.get().staff)
    take_back(desk, ticket)
    assert "Nothing was undone" in take_back(desk, ticket)
    assert "Nothing was undone" in take_back(desk, "made up")


def test_the_platform_hears_of_both_and_the_creator_of_neither(desk, claim):
    ticket = decide(desk, claim, "reject", share="on")
    take_back(desk, ticket)
    told = Event.objects.filter(object_id=claim.pk).order_by("pk")
    assert list(told.values_list("type", "actor")) == [("network.rejected", "staff"), ("network.in_review", "undo")]
    news.write_mails()
    assert list(Mail.objects.values_list("subject", flat=True)) == ["rejected"]  # and it is not sent: no longer true
