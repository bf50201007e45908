"""No verdict while anything can renew: a living connection is never called dead, whoever meets a refused token."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from unittest.mock import Mock

import pytest
import time_machine
from django.db import OperationalError, connections
from django.utils import timezone

from connect.moderation.workflow import Health
from networks.models import SocialNetwork
from social_auth.assets import discovery
from social_auth.budgets import storms
from social_auth.budgets.models import ProviderMinute
from social_auth.credentials import ends, health, renewal, rescue
from social_auth.credentials.models import Credential, Revocation
from social_auth.providers.adapters import adapter_for
from social_auth.refresh import engagement, planning
from social_auth.sandbox.minting import minted
from social_auth.sandbox.tokens import read_token
from social_auth.wire import http
from social_auth.wire.outcomes import TokenDead, Unavailable
from tests.refresh.test_refresh import make_due, run_due
from tests.support.due import due

WITH_REFRESH_TOKEN = ("pinterest", "linkedin", "tiktok")
pytestmark = pytest.mark.django_db


def connected(creator, network, account="maya"):
    return creator.ok(f"auth/{network}/", minted(network, account, kind="code"))["network_id"]


def end_access_token(pk=None):
    """Let the provider refuse the access token, and it alone."""
    for credential in Credential.objects.filter(pk=pk) if pk else Credential.objects.all():
        read_token(credential.open().access_token, credential.provider).end()


def revoke_grant():
    for credential in Credential.objects.all():
        read_token(credential.open().refresh_token, credential.provider).revoke()


def renewals(sandbox):
    return [call for call in sandbox.calls if call.params.get("grant_type") == "refresh_token"]


class TestReading:
    @pytest.mark.parametrize("network", WITH_REFRESH_TOKEN)
    def test_a_refused_access_token_is_renewed_and_read_once_more(self, alice, sandbox, network):
        connected(alice, network)
        end_access_token()
        sandbox.calls.clear()
        make_due()

        assert run_due() == [{"refreshed": 1}]

        row = SocialNetwork.objects.get()
        assert (row.health, row.failures) == (Health.HEALTHY, 0)
        assert Credential.objects.get().version == 1
        reads = [call for call in sandbox.calls if call.method == "GET"]
        assert (len(renewals(sandbox)), len(reads)) == (1, 2)

    @pytest.mark.parametrize("network", WITH_REFRESH_TOKEN)
    def test_what_is_said_of_the_grant_is_a_verdict(self, alice, sandbox, settings, network):
        settings.CONNECT_CONFIRM_DEAD_AFTER = timedelta(0)
        connected(alice, network)
        revoke_grant()
        found = []
        for _ in range(2):
            make_due()
            run_due()
            found.append(SocialNetwork.objects.get().health)
        assert found == [Health.SUSPECT, Health.REAUTH_REQUIRED]

    def test_an_outage_of_the_token_endpoint_is_no_verdict(self, alice, sandbox, monkeypatch):
        def down(secret):
            raise Unavailable("outage")

        connected(alice, "pinterest")
        end_access_token()
        monkeypatch.setattr(adapter_for("pinterest"), "renew", down)
        for _ in range(3):
            make_due()
            assert run_due() == [{"postponed": 1}]
        assert SocialNetwork.objects.get().health == Health.HEALTHY

    def test_a_token_that_is_refused_though_it_was_just_renewed_is_doubtful(self, alice, sandbox, monkeypatch):
        connected(alice, "pinterest")

        def refuse(subject):
            raise TokenDead

        monkeypatch.setattr(adapter_for("pinterest"), "read", refuse)
        for _ in range(3):
            make_due()
            assert run_due() == [{"postponed": 1}]
        assert SocialNetwork.objects.get().health == Health.HEALTHY
        assert len(renewals(sandbox)) == 1  # within an hour another one would be for nothing

    def test_and_dead_if_that_goes_on_for_days(self, alice, sandbox, monkeypatch):
        connected(alice, "pinterest")

        def refuse(subject):
            raise TokenDead

        monkeypatch.setattr(adapter_for("pinterest"), "read", refuse)
        make_due(doubted_at=timezone.now() - timedelta(days=4), failures=12)
        assert run_due() == [{"broken": 1}]
        assert SocialNetwork.objects.get().health == Health.SUSPECT

    def test_days_in_which_nobody_was_asked_are_no_doubt(self, alice, sandbox, monkeypatch):
        connected(alice, "pinterest")
        monkeypatch.setattr(adapter_for("pinterest"), "read", Mock(side_effect=TokenDead))
        make_due(read_at=timezone.now() - timedelta(days=9))  # paused by ops, say
        assert run_due() == [{"postponed": 1}]
        since = SocialNetwork.objects.get().doubted_at
        make_due(doubted_at=since - timedelta(days=9))  # nor paused after the first doubt
        assert run_due() == [{"postponed": 1}]

        monkeypatch.undo()
        make_due()
        assert run_due() == [{"refreshed": 1}]
        assert SocialNetwork.objects.get().doubted_at is None

    def test_a_provider_that_goes_on_renewing_for_a_closed_account_does_not_hide_it(self, alice, sandbox, monkeypatch):
        pk = connected(alice, "tiktok")
        monkeypatch.setattr(adapter_for("tiktok"), "read", Mock(side_effect=TokenDead))
        found = []
        for _ in range(2):
            Credential.objects.update(renewed_at=None)  # longer ago than another renewal would be for nothing
            SocialNetwork.objects.update(health_since=timezone.now() - timedelta(days=1))
            make_due(doubted_at=timezone.now() - timedelta(days=4), failures=12)
            run_due()
            found.append(SocialNetwork.objects.get().health)
        assert found == [Health.SUSPECT, Health.REAUTH_REQUIRED]
        assert len(renewals(sandbox)) == 2

        Credential.objects.update(renewed_at=None, due_at=timezone.now())
        assert renewal.renew(pk) == "renewed"
        assert SocialNetwork.objects.get().health == Health.REAUTH_REQUIRED
        assert pk in due(planning.REFRESH)  # what it reads with the new token decides

    @pytest.mark.parametrize("network", ["facebook", "instagram"])
    def test_a_token_that_only_itself_could_extend_is_a_verdict(self, alice, sandbox, network):
        alice.connected(network)
        for credential in Credential.objects.all():
            read_token(credential.open().access_token, network).revoke()
        make_due()
        assert run_due() == [{"broken": 1}]
        assert SocialNetwork.objects.get().health == Health.SUSPECT

    def test_no_refusal_is_noted_while_too_many_are_called_dead(self, alice, sandbox, monkeypatch):
        connected(alice, "pinterest")
        revoke_grant()
        monkeypatch.setattr(storms, "is_storm", lambda *_: True)
        make_due()
        assert run_due() == [{"postponed": 1}]
        assert Credential.objects.get().refused_at is None
        assert SocialNetwork.objects.get().expires_what != "access_token"

    def test_a_broken_connection_is_not_renewed_with_every_reading(self, alice, sandbox, settings):
        settings.CONNECT_CONFIRM_DEAD_AFTER = timedelta(0)
        connected(alice, "pinterest")
        revoke_grant()
        for _ in range(5):
            make_due()
            run_due()
        assert len(renewals(sandbox)) == 2


class TestPostsAndLists:
    def test_posts_are_read_with_a_renewed_token(self, alice, sandbox):
        pk = connected(alice, "tiktok")
        end_access_token()
        assert engagement.measure(pk) == "computed"
        assert len(renewals(sandbox)) == 1

    @pytest.mark.parametrize("network", ["youtube", "pinterest", "linkedin"])
    def test_a_listing_is_made_with_a_renewed_token(self, alice, sandbox, network):
        pk = connected(alice, network)
        end_access_token()
        assert discovery.discover(pk) == "listed"
        assert len(renewals(sandbox)) == 1

    def test_a_listing_that_is_refused_says_nothing_of_the_connection(self, alice, sandbox):
        pk = connected(alice, "pinterest")
        revoke_grant()
        assert discovery.discover(pk) == "postponed"
        assert SocialNetwork.objects.get().health == Health.HEALTHY


class TestGrantsThatEndBeforeTheirToken:
    def test_a_refused_renewal_is_no_verdict_while_the_access_token_opens_the_account(self, alice, sandbox):
        pk = connected(alice, "linkedin")
        credential = Credential.objects.get()
        read_token(credential.open().refresh_token, "linkedin").end()
        Credential.objects.update(due_at=timezone.now(), expires_at=timezone.now() + timedelta(days=5))

        assert renewal.renew(pk) == "refused"
        assert run_due() == [{"refreshed": 1}]  # at once: reading decides
        ends.warn_of_ends(timezone.now())
        assert SocialNetwork.objects.get().health == Health.HEALTHY  # one refusal may be false

        Credential.objects.update(due_at=timezone.now(), refused_at=timezone.now() - timedelta(days=1))
        assert renewal.renew(pk) == "refused"
        ends.warn_of_ends(timezone.now())
        row = SocialNetwork.objects.get()
        assert (row.health, row.expires_what) == (Health.EXPIRING, "access_token")
        [shown] = alice.ok("get/networks/", {"view": "full"})["networks"]
        assert shown["expires_at"] == row.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        assert shown["next_steps"] == ["reconnect"]


@pytest.mark.django_db(transaction=True)
def test_twenty_readers_that_meet_it_at_once_renew_once(alice, sandbox, monkeypatch):
    monkeypatch.setattr("social_auth.wire.http.PLACES", 64)
    monkeypatch.setattr("social_auth.wire.http._places", {})
    pk = connected(alice, "pinterest")
    end_access_token()

    def reads(_):
        try:
            credential = Credential.objects.select_related("network").get(pk=pk)
            return renewal.with_living_token(credential, lambda token: adapter_for("pinterest").profile_of(token).uid)
        except Unavailable:
            return "later"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        found = set(pool.map(reads, range(20)))

    assert found <= {SocialNetwork.objects.get().provider_uid, "later"}
    assert len(renewals(sandbox)) == 1
    assert Credential.objects.get().version == 1


class TestWhatWasGivenOnce:
    @pytest.fixture
    def pk(self, alice, sandbox):
        pk = connected(alice, "tiktok")
        Credential.objects.update(due_at=timezone.now())
        return pk

    def lost(self, *_):
        raise OperationalError("the database system is shutting down")

    def test_it_survives_a_database_that_is_away(self, pk, sandbox, monkeypatch):
        monkeypatch.setattr(renewal, "PATIENT", ())
        with monkeypatch.context() as patch:
            patch.setattr(renewal, "write_renewed", self.lost)
            with pytest.raises(OperationalError):
                renewal.renew(pk)
        Credential.objects.update(lease_until=timezone.now() - timedelta(seconds=1))  # five minutes later

        assert renewal.renew(pk) == "renewed"

        assert len(renewals(sandbox)) == 1  # the provider was not asked again: it would have ended the grant
        assert not read_token(Credential.objects.get().open().refresh_token, "tiktok").dead
        assert SocialNetwork.objects.get().health == Health.HEALTHY

    def test_nobody_is_asked_without_time_for_a_whole_call(self, pk, sandbox):
        with http.within(http.DEADLINE / 2):
            assert renewal.renew(pk) == "postponed"
        assert not renewals(sandbox)

    def meanwhile(self, monkeypatch, **changes):
        """Let the credential change between the provider's answer and its writing."""
        asked = renewal._ask_provider

        def then(credential):
            renewed = asked(credential)
            Credential.objects.update(**changes)
            return renewed

        monkeypatch.setattr(renewal, "_ask_provider", then)

    def test_it_is_written_though_somebody_claimed_the_credential_since(self, pk, sandbox, monkeypatch):
        self.meanwhile(monkeypatch, lease_token=10**9)
        assert renewal.renew(pk) == "renewed"
        assert not read_token(Credential.objects.get().open().refresh_token, "tiktok").dead

    def test_a_connect_without_a_refresh_token_gets_the_new_one(self, pk, sandbox, monkeypatch):
        self.meanwhile(monkeypatch, version=7, access_cipher="another", lease_until=None)
        assert renewal.renew(pk) == "overtaken"
        kept = Credential.objects.get()
        assert (kept.version, kept.access_cipher) == (8, "another")
        assert not read_token(kept.open_refresh_token(), "tiktok").dead
        assert not Revocation.objects.exists()

    def test_what_nothing_could_keep_is_counted(self, pk, sandbox, monkeypatch):
        monkeypatch.setattr(renewal, "PATIENT", ())
        with monkeypatch.context() as patch:
            patch.setattr(renewal, "write_renewed", self.lost)
            patch.setattr(rescue, "keep", lambda *_: None)  # Redis was away as well
            with pytest.raises(OperationalError):
                renewal.renew(pk)
        long_ago = timezone.now() - timedelta(minutes=12)
        Credential.objects.update(lease_until=timezone.now() - timedelta(seconds=1), asked_at=long_ago)
        assert renewal.renew(pk) == "refused"
        assert ProviderMinute.objects.get(network="tiktok").lost == 1

    def test_without_redis_nobody_asks_again_for_what_may_have_been_given(self, pk, sandbox, monkeypatch):
        import redis

        class Away:
            def mget(self, keys):
                raise redis.ConnectionError

        Credential.objects.update(asked_at=timezone.now() - timedelta(minutes=2))
        monkeypatch.setattr("social_auth.credentials.rescue.our_redis", Away)
        assert renewal.renew(pk) == "postponed"
        assert not renewals(sandbox)

    def test_what_was_kept_of_a_connection_before_is_not_taken_for_the_next(self, alice, pk, sandbox, monkeypatch):
        monkeypatch.setattr(renewal, "PATIENT", ())
        with monkeypatch.context() as patch:
            patch.setattr(renewal, "write_renewed", self.lost)
            with pytest.raises(OperationalError):
                renewal.renew(pk)
        alice.ok("network/disconnect/", {"network_id": pk})
        connected(alice, "tiktok")
        fresh = Credential.objects.get().open().refresh_token
        Credential.objects.update(due_at=timezone.now())
        assert renewal.renew(pk) == "renewed"
        assert (
            read_token(Credential.objects.get().open().refresh_token, "tiktok").minted
            > read_token(fresh, "tiktok").minted
        )


class TestFewAccounts:
    """A platform with three accounts cannot tell an ill provider by the share of refusals: it takes time."""

    @pytest.fixture
    def row(self, alice, sandbox, settings):
        settings.CONNECT_CONFIRM_DEAD_AFTER = timedelta(minutes=10)
        settings.CONNECT_CONFIRM_ALONE_AFTER = timedelta(hours=12)
        alice.connected("tiktok")
        return SocialNetwork.objects.get()

    def told(self, row, **ago):
        row.health, row.health_since = Health.SUSPECT, timezone.now() - timedelta(**ago)
        row.health_cause = "credential"
        changes, again = health.after_end(row, timezone.now(), "credential")
        return changes.get("health"), again and round((again - timezone.now()) / timedelta(minutes=1))

    def test_it_is_asked_again_later_and_later_and_believed_after_half_a_day(self, row):
        assert self.told(row, minutes=5) == (None, 5)
        assert self.told(row, minutes=11) == (None, 11)
        assert self.told(row, hours=3) == (None, 180)
        assert self.told(row, hours=9) == (None, 180)
        assert self.told(row, hours=12, minutes=1) == (Health.REAUTH_REQUIRED, None)

    def test_where_a_hundred_others_were_read_well_ten_minutes_are_enough(self, row):
        storms.count("tiktok", calls=100, ends=0, refreshed=100, now=timezone.now())
        assert self.told(row, minutes=11) == (Health.REAUTH_REQUIRED, None)

    def test_each_kind_of_word_is_confirmed_by_itself(self, row):
        row.health, row.health_since = Health.SUSPECT, timezone.now() - timedelta(hours=13)
        row.health_cause = "account"
        assert health.after_end(row, timezone.now(), "credential") == ({}, None)
        assert health.after_end(row, timezone.now(), "account")[0]["health"] == Health.REAUTH_REQUIRED

    def test_a_refused_renewal_is_confirmed_by_renewals_where_readings_need_no_token(self, row):
        row.network = "twitter"
        storms.count("twitter", calls=200, ends=0, refreshed=200, now=timezone.now())
        assert self.told(row, minutes=11) == (None, 11)
        storms.count("twitter", calls=0, ends=0, renewed=100, now=timezone.now())
        assert self.told(row, minutes=11) == (Health.REAUTH_REQUIRED, None)

    @pytest.mark.parametrize("hours", [3, 9, 11])
    def test_five_accounts_outlive_hours_in_which_their_provider_calls_all_of_them_dead(
        self, alice, sandbox, garbage, settings, hours
    ):
        settings.CONNECT_CONFIRM_DEAD_AFTER = timedelta(hours=2)
        settings.CONNECT_CONFIRM_ALONE_AFTER = timedelta(hours=12)
        for name in ("maya", "leo", "ana", "noor", "kim"):
            connected(alice, "tiktok", name)
        start, proxy, found = timezone.now() + timedelta(hours=20), settings.CONNECT_PROVIDER_PROXY, set()
        garbage.status = 401
        garbage.body = b'{"error": {"code": "access_token_invalid", "message": "x"}, "error_description": "x"}'
        for half_hours in range(96):
            ill = half_hours < 2 * hours
            settings.CONNECT_PROVIDER_PROXY = garbage.url if ill else proxy
            with time_machine.travel(start + timedelta(minutes=30 * half_hours), tick=False):
                for pk in due(renewal.RENEWAL):
                    renewal.renew(pk)
                run_due()
            found |= set(SocialNetwork.objects.values_list("health", flat=True))
        assert found <= {Health.HEALTHY, Health.SUSPECT}
        assert set(SocialNetwork.objects.values_list("health", flat=True)) == {Health.HEALTHY}

    def test_a_share_is_looked_for_further_back(self, row):
        now = timezone.now()
        for hours, dead in ((1, 6), (2, 6), (5, 0)):
            storms.count("tiktok", calls=10, ends=dead, now=now - timedelta(hours=hours - 0.1))
        assert storms.is_storm("tiktok", now)
