"""Every end that is known is kept, shown and told; a renewal that brings a new one moves it."""

from datetime import timedelta
from unittest.mock import Mock

import pytest
import time_machine
from django.db import OperationalError
from django.utils import timezone

from connect.events.models import Event
from connect.moderation.workflow import Health
from networks.models import SocialNetwork
from social_auth.credentials import renewal, tasks
from social_auth.credentials.ends import keep_ends
from social_auth.credentials.models import Credential
from social_auth.credentials.renewal_dates import renewal_due
from social_auth.providers.adapters import adapter_for
from social_auth.sandbox.minting import minted
from social_auth.sandbox.tokens import read_token
from social_auth.wire.outcomes import Unavailable
from tests.refresh.test_refresh import make_due, run_due
from tests.support.due import due

pytestmark = pytest.mark.django_db


def connected(creator, network, **more):
    return creator.ok(f"auth/{network}/", minted(network, "maya", kind="code", **more))["network_id"]


def days_left(moment):
    return round((moment - timezone.now()) / timedelta(days=1)) if moment else None


def shown(creator):
    """What the full view says of the end: in so many days, and of what."""
    creator.sign_in_again()
    [row] = creator.ok("get/networks/", {"view": "full"})["networks"]
    kept = SocialNetwork.objects.get()
    assert row["expires_at"] == (kept.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ") if kept.expires_at else None)
    return days_left(kept.expires_at), row["expires_what"]


def live(days, start):
    """Let the background do its work on each of these days; return the warnings that were told, by day."""
    told = []
    for day in days:
        with time_machine.travel(start + timedelta(days=day), tick=False):
            for pk in due(renewal.RENEWAL):
                renewal.renew(pk)
            for _ in range(2):
                tasks.warn_of_ends()
            warnings = Event.objects.filter(type="network.expiring", data__has_key="days")
            told += [(day, event.data["days"], event.data["expires_what"]) for event in warnings]
            warnings.update(type="told")
    return told


@pytest.mark.parametrize(
    ("network", "days", "what"),
    [
        ("linkedin", 365, "grant"),
        ("tiktok", 365, "grant"),
        ("pinterest", 60, "grant"),
        ("facebook", 90, "data_access"),
        ("youtube", None, ""),
        ("twitter", None, ""),
        ("instagram", None, ""),
    ],
)
def test_what_a_connection_ends_with_is_shown(alice, sandbox, network, days, what):
    connected(alice, network)
    assert shown(alice) == (days, what)


def test_a_grant_that_its_owner_limited_is_shown_by_what_google_tells(alice, sandbox):
    connected(alice, "youtube", token_state="time_limited")
    assert shown(alice) == (7, "grant")


@pytest.mark.parametrize(
    ("network", "name"), [("linkedin", "refresh_token_expires_in"), ("pinterest", "refresh_token_expires_in"),
                          ("tiktok", "refresh_expires_in")],
)  # fmt: skip
def test_what_is_not_told_has_the_documented_life(alice, sandbox, monkeypatch, network, name):
    adapter = adapter_for(network)
    tokens = adapter.tokens
    monkeypatch.setattr(adapter, "tokens", lambda body: tokens({key: body[key] for key in body if key != name}))
    connected(alice, network)
    assert shown(alice) == (60 if network == "pinterest" else 365, "grant")


def test_a_fixed_grant_is_warned_of_and_renewals_do_not_move_it(alice, sandbox):
    connected(alice, "linkedin")
    days = [*range(5, 345, 10), *range(345, 366)]
    told = live(days, timezone.now())
    assert told == [(351, 14, "grant"), (358, 7, "grant"), (362, 3, "grant"), (364, 1, "grant")]
    assert Credential.objects.get().version == 6


def test_a_grant_that_renews_itself_is_never_warned_of(alice, sandbox):
    connected(alice, "pinterest")
    start = timezone.now()
    assert live(range(1, 180), start) == []
    with time_machine.travel(start + timedelta(days=180), tick=False):
        assert days_left(Credential.objects.get().grant_ends_at) > 36
        assert shown(alice)[1] == "grant"


def test_data_access_is_warned_of(alice, sandbox):
    connected(alice, "facebook")
    told = live([*range(5, 70, 10), *range(70, 91)], timezone.now())
    assert told == [(76, 14, "data_access"), (83, 7, "data_access"), (87, 3, "data_access"), (89, 1, "data_access")]


@pytest.mark.parametrize(("refused", "last"), [(False, "network.recovered"), (True, "network.reauth_required")])
def test_an_end_that_passes_is_no_recovery_until_a_reading_says_so(alice, sandbox, refused, last):
    connected(alice, "facebook")
    start = timezone.now()
    live([*range(5, 75, 10), 76, 89], start)
    Event.objects.filter(type="told").update(type="network.expiring")
    with time_machine.travel(start + timedelta(days=90, hours=1), tick=False):
        if refused:
            read_token(Credential.objects.get().open().access_token, "facebook").revoke()
        tasks.warn_of_ends()
        assert SocialNetwork.objects.get().health == Health.EXPIRING
    for hours in (2, 3, 4):  # no reading is waited for: it is due at once
        with time_machine.travel(start + timedelta(days=90, hours=hours), tick=False):
            run_due()
            tasks.warn_of_ends()
    assert told_of_health() == ["network.expiring", "network.expiring", last]


def test_a_grant_that_passes_leaves_its_access_token_and_the_warning(alice, sandbox):
    connected(alice, "linkedin")
    start = timezone.now()
    live([*range(5, 345, 10), 352, 362], start)
    with time_machine.travel(start + timedelta(days=365, hours=1), tick=False):
        tasks.warn_of_ends()
        [left, what] = shown(alice)
        assert (what, left > 14) == ("access_token", True)
        assert SocialNetwork.objects.get().health == Health.EXPIRING
        run_due()
    assert not Event.objects.filter(type="network.recovered").exists()


def test_data_access_that_its_owner_prolonged_is_asked_for_before_anybody_is_warned(alice, sandbox, monkeypatch):
    connected(alice, "facebook")
    start = timezone.now()
    assert live(range(5, 70, 10), start) == []
    debug_token = type(adapter_for("facebook")).debug_token

    def later(adapter, token):
        body = debug_token(adapter, token)
        body["data"]["data_access_expires_at"] += 50 * 86400  # went through Facebook's dialog again on day 50
        return body

    monkeypatch.setattr(type(adapter_for("facebook")), "debug_token", later)
    assert live(range(70, 91), start) == []
    with time_machine.travel(start + timedelta(days=90), tick=False):
        assert shown(alice) == (50, "data_access")


def test_an_extended_token_is_kept_though_its_data_access_is_not_told(alice, sandbox, monkeypatch):
    pk = connected(alice, "facebook")
    before = Credential.objects.get().data_access_ends_at

    def down(*_):
        raise Unavailable

    monkeypatch.setattr(type(adapter_for("facebook")), "debug_token", down)
    Credential.objects.update(due_at=timezone.now())
    assert renewal.renew(pk) == "renewed"
    assert Credential.objects.get().data_access_ends_at == before


def test_connecting_again_moves_the_end_and_ends_the_warning(alice, sandbox):
    connected(alice, "linkedin")
    with time_machine.travel(timezone.now() + timedelta(days=355), tick=False):
        tasks.warn_of_ends()
        assert SocialNetwork.objects.get().health == Health.EXPIRING
        alice.sign_in_again()
        connected(alice, "linkedin")
        assert shown(alice) == (365, "grant")
        tasks.warn_of_ends()
        assert SocialNetwork.objects.get().health == Health.HEALTHY


def refuse_until_told(network):
    """Let the provider refuse the token, and to renew it, until its owner is told to connect again."""
    read_token(Credential.objects.get().open().access_token, network).revoke()
    for hours in (1, 2, 3):
        with time_machine.travel(timezone.now() + timedelta(hours=hours), tick=False):
            make_due()
            run_due()
    assert SocialNetwork.objects.get().health == Health.REAUTH_REQUIRED


@pytest.mark.parametrize(("network", "end"), [("instagram", (None, "")), ("facebook", (90, "data_access"))])
def test_a_grant_that_was_refused_says_nothing_of_the_next_one(alice, sandbox, network, end):
    connected(alice, network)
    start = timezone.now() + timedelta(days=2)
    with time_machine.travel(start, tick=False):
        refuse_until_told(network)
        assert Credential.objects.get().grant_ends_at is not None
    with time_machine.travel(start + timedelta(days=1), tick=False):
        alice.sign_in_again()
        connected(alice, network)
        assert shown(alice) == end
    assert live(range(40, 60), start) == []
    assert Event.objects.filter(type="network.recovered").count() == 1


def told_of_health():
    types = [f"network.{word}" for word in ("expiring", "reauth_required", "recovered")]
    return list(Event.objects.filter(type__in=types).order_by("id").values_list("type", flat=True))


def test_who_recovers_from_something_else_is_warned_of_the_same_end_again(alice, sandbox):
    alice.connected("linkedin")
    Credential.objects.update(expires_at=timezone.now() + timedelta(days=10))
    keep_ends(Credential.objects.get().pk, timezone.now())
    tasks.warn_of_ends()
    SocialNetwork.objects.update(health=Health.REAUTH_REQUIRED)
    make_due()
    run_due()
    for _ in range(2):
        tasks.warn_of_ends()
    alice.connected("linkedin")
    assert told_of_health() == [
        "network.expiring", "network.reauth_required", "network.recovered", "network.expiring", "network.recovered",
    ]  # fmt: skip


def test_nobody_is_marked_as_expiring_who_was_not_told(alice, sandbox, monkeypatch):
    alice.connected("linkedin")
    SocialNetwork.objects.update(expires_at=timezone.now() + timedelta(days=10))
    with monkeypatch.context() as patch:
        patch.setattr(
            "social_auth.credentials.ends.write_warnings", Mock(side_effect=OperationalError("shutting down"))
        )
        with pytest.raises(OperationalError):
            tasks.warn_of_ends()
    assert SocialNetwork.objects.get().health == Health.HEALTHY
    tasks.warn_of_ends()
    assert told_of_health() == ["network.expiring"]


def test_an_end_that_has_passed_is_left_to_what_reading_finds(alice, sandbox):
    alice.connected("linkedin")
    SocialNetwork.objects.update(expires_at=timezone.now() - timedelta(hours=1), expires_what="access_token")
    tasks.warn_of_ends()
    assert SocialNetwork.objects.get().health == Health.HEALTHY
    assert told_of_health() == []


@pytest.mark.parametrize("hours", [2, 24])
def test_a_token_that_lives_shorter_than_documented_is_renewed_in_time(alice, sandbox, hours):
    connected(alice, "tiktok")
    credential, now = Credential.objects.get(), timezone.now()
    credential.obtained_at, credential.expires_at = now, now + timedelta(hours=hours)
    for renewed in (False, True):
        wait = renewal_due(adapter_for("tiktok"), credential, now, renewed=renewed) - now
        assert wait == timedelta(hours=hours) * 0.75


@pytest.mark.parametrize(("network", "days"), [("linkedin", 366), ("pinterest", 61), ("facebook", 61)])
def test_the_sandbox_refuses_a_grant_past_its_life(alice, sandbox, network, days):
    pk = connected(alice, network)
    secret = Credential.objects.get().open()
    assert not read_token(secret.refresh_token or secret.access_token, network).dead
    with time_machine.travel(timezone.now() + timedelta(days=days), tick=False):
        Credential.objects.update(due_at=timezone.now(), expires_at=timezone.now() + timedelta(hours=1))
        assert renewal.renew(pk) == "refused"


@pytest.mark.parametrize(("network", "days"), [("tiktok", 1), ("pinterest", 30), ("linkedin", 60)])
def test_a_bare_token_whose_end_nobody_told_lives_as_long_as_documented(alice, sandbox, network, days):
    alice.connected(network)
    assert shown(alice) == (days, "access_token")
    assert live([days - 1], timezone.now()) == [(days - 1, 1, "access_token")]
