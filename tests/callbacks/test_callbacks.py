"""Providers calling us: forged, truncated, replayed and late callbacks do nothing; a valid one has one effect."""

import hashlib
import hmac
import json
import time

import pytest
from django.test import Client

from connect.models import FollowerReading
from networks.models import SocialNetwork
from pages.models import SocialPage
from social_auth.callbacks.models import DeletionRequest
from social_auth.credentials.models import Credential, Revocation
from social_auth.demo.factories import AssetFactory
from tests.support.callbacks import SECRETS, meta, signed, tiktok

pytestmark = pytest.mark.django_db


@pytest.fixture
def connected(alice, sandbox):
    def connect(network):
        pk = alice.connected(network)
        return SocialNetwork.objects.get(pk=pk)

    return connect


def state():
    row = SocialNetwork.objects.get()
    return row.status, row.health


@pytest.mark.parametrize("network", ["facebook", "instagram"])
class TestMeta:
    def test_deauthorize(self, connected, network):
        row = connected(network)
        answer = meta(network, "deauthorize", signed(row.provider_uid, SECRETS[network]))
        assert answer.status_code == 200
        assert state() == ("disconnected", "revoked")
        assert not Credential.objects.exists()
        assert Revocation.objects.get().answer == "removed at the provider"
        event = SocialNetwork.objects.get().events.order_by("-pgh_id").first()
        assert event.pgh_context.metadata["by"] == "system"

    def test_it_may_name_the_accounts_other_id(self, connected, network):
        row = connected(network)
        uid = row.provider_alias or row.provider_uid
        assert bool(row.provider_alias) == (network == "instagram")
        meta(network, "deauthorize", signed(uid, SECRETS[network]))
        assert state() == ("disconnected", "revoked")

    def test_an_empty_secret_signs_nothing(self, network, settings):
        settings.PROVIDER_CLIENT_SECRETS = settings.PROVIDER_CLIENT_SECRETS | {"FACEBOOK": "", "INSTAGRAM": ""}
        assert meta(network, "deauthorize", signed("1", "")).status_code == 400

    def test_data_deletion(self, alice, connected, network):
        row = connected(network)
        request = signed(row.provider_uid, SECRETS[network])

        answer = meta(network, "data-deletion", request).json()

        assert set(answer) == {"url", "confirmation_code"}
        page = Client().get(answer["url"].replace("http://testserver", ""))
        assert page.status_code == 200
        assert answer["confirmation_code"] in page.content.decode()
        assert "was erased" in page.content.decode()
        gone = SocialNetwork.objects.get()
        assert (gone.name, gone.extra_data, gone.followers, gone.status) == ("", {}, None, "disconnected")
        assert not FollowerReading.objects.exists()
        for table in (SocialNetwork.objects.all(), gone.events.all()):
            assert row.provider_uid not in str(list(table.values_list("external_id", "provider_uid")))
        assert meta(network, "data-deletion", request).json() == answer
        assert DeletionRequest.objects.count() == 1

    def test_a_suspension_survives_the_erasure(self, alice, bob, connected, staff, network):
        row = connected(network)
        row.suspend(by=staff, reason="fraud")
        meta(network, "data-deletion", signed(row.provider_uid, SECRETS[network]))
        pk = bob.connected(network)
        assert SocialNetwork.objects.get(pk=pk).status == "suspended"

    @pytest.mark.parametrize("what", ["deauthorize", "data-deletion"])
    def test_who_was_displaced_keeps_their_record(self, alice, bob, connected, network, what):
        hers = connected(network)
        SocialNetwork.objects.update(verification_level="user")
        his = bob.connected(network)
        [before] = SocialNetwork.objects.filter(pk=hers.pk).values()
        assert (before["status"], before["verified"]) == ("pending", False)

        assert meta(network, what, signed(hers.provider_uid, SECRETS[network])).status_code == 200

        assert SocialNetwork.objects.filter(pk=hers.pk).values().get() == before
        assert hers.events.order_by("-pgh_id").first().external_id == before["external_id"]
        assert SocialNetwork.objects.get(pk=his).status == "disconnected"

    @pytest.mark.parametrize("what", ["deauthorize", "data-deletion"])
    def test_what_does_nothing(self, connected, network, what):
        uid = connected(network).provider_uid
        good = signed(uid, SECRETS[network])
        bad = [
            "", ".", "a.b", good[:-3], good.partition(".")[2], f"x{good}", good.replace(".", ".x"),
            signed(uid, "wrong"),
            signed(uid, SECRETS[network], algorithm="none"), signed(uid, SECRETS[network], age=3 * 86400),
            signed(uid, SECRETS[network], age=-3600), signed(None, SECRETS[network]), signed([uid], SECRETS[network]),
            signed(uid, SECRETS[network], issued_at="soon"),
            signed(uid, "tiktok-client-secret"),
        ]  # fmt: skip
        for request in bad:
            answer = meta(network, what, request)
            assert (answer.status_code, answer.json()["error"]) == (400, "validation_error"), request
        assert meta(network, what, signed("somebody-else", SECRETS[network])).status_code == 200
        assert state() == ("accepted", "healthy")

    def test_late_and_replayed_ones_leave_a_new_connection_alone(self, alice, connected, network):
        uid = connected(network).provider_uid
        late = signed(uid, SECRETS[network], age=60)
        assert meta(network, "deauthorize", late).status_code == 200
        assert state() == ("accepted", "healthy")
        request = signed(uid, SECRETS[network])
        meta(network, "deauthorize", request)
        alice.connected(network)
        meta(network, "deauthorize", request)
        assert state() == ("accepted", "healthy")


def test_another_spelling_of_the_signature_is_the_same_callback(alice, connected):
    uid = connected("facebook").provider_uid
    request = signed(uid)
    first = meta("facebook", "data-deletion", request).json()
    signature, _, payload = request.partition(".")
    for spelling in (f"{signature}=.{payload}", f"{signature}==.{payload}"):
        assert meta("facebook", "data-deletion", spelling).json() == first
    for spelling in (f"{signature}===.{payload}", f"{signature}!.{payload}", f"{signature} .{payload}"):
        assert meta("facebook", "data-deletion", spelling).status_code == 400
    assert DeletionRequest.objects.count() == 1


def test_removed_from_a_page(alice, connected):
    from social_auth.assets import discovery
    from social_auth.assets.models import Asset

    row = connected("facebook")
    discovery.discover(row.pk)
    asset = Asset.objects.order_by("pk").first()
    body = {"network": "facebook", "page_id": asset.provider_uid, "page_name": "Mine", "page_url": asset.url}
    alice.ok("add/social-page/", body)
    assert meta("facebook", "deauthorize", signed(None, profile_id=asset.provider_uid)).status_code == 200
    page = SocialPage.objects.get()
    assert (page.verified, page.status) == (False, "accepted")
    assert state() == ("accepted", "healthy")


def test_instagrams_may_be_signed_by_facebook(connected):
    uid = connected("instagram").provider_uid
    meta("instagram", "deauthorize", signed(uid, "facebook-client-secret", issued_at=str(int(time.time()) + 1)))
    assert state() == ("disconnected", "revoked")


class TestTikTok:
    def test_removed(self, connected):
        uid = connected("tiktok").provider_uid
        assert tiktok(uid, reason=4).status_code == 200
        assert state() == ("disconnected", "revoked")
        assert SocialNetwork.objects.get().status_reason == "account banned at TikTok"

    @pytest.mark.parametrize("content", [{"reason": 2}, None, "no json", 5, "[1]", '{"reason": "x"}'])
    def test_whatever_else_is_said_the_removal_counts(self, connected, content):
        uid = connected("tiktok").provider_uid
        body = {"client_key": "tiktok-client-id", "event": "authorization.removed", "content": content}
        raw = json.dumps(body | {"create_time": int(time.time()) + 1, "user_openid": uid}).encode()
        stamp = json.loads(raw)["create_time"]
        signature = hmac.new(b"tiktok-client-secret", f"{stamp}.".encode() + raw, hashlib.sha256).hexdigest()
        headers = {"TikTok-Signature": f"t={stamp},s={signature}"}
        answer = Client().post("/api/callbacks/tiktok/", raw, content_type="application/json", headers=headers)
        assert answer.status_code == 200
        assert state() == ("disconnected", "revoked")

    def test_what_does_nothing(self, connected):
        uid = connected("tiktok").provider_uid
        for arguments in (
            {"secret": "wrong"},
            {"age": 5 * 86400},
            {"client_key": "another"},
            {"tamper": b" "},
            {"age": -3600},
        ):
            assert tiktok(uid, **arguments).status_code == 400, arguments
        assert Client().post("/api/callbacks/tiktok/", {}, content_type="application/json").status_code == 400
        assert tiktok(uid, event="video.upload.failed").status_code == 200
        assert tiktok("somebody-else").status_code == 200
        assert tiktok(uid, age=60).status_code == 200  # sent before the connection was made
        assert state() == ("pending", "healthy")


def named_page(creator, connected):
    """A page that was submitted under its name, and proven by a listing, which tells its number and its URL."""

    row = connected("facebook")
    asset = AssetFactory(
        network=row, provider_uid="5577", names=["tilda.moor", "https://facebook.com/5577"],
        url="https://facebook.com/5577", identity_keys=["5577", "tildamoor"],
    )  # fmt: skip
    body = {"network": "facebook", "page_id": "Tilda.Moor", "page_name": "M", "page_url": "fb.com/tilda.moor"}
    page = SocialPage.objects.get(pk=creator.ok("add/social-page/", body)["page_id"])
    assert (page.verified, page.url, page.identity_keys) == (True, asset.url, ["5577", "tildamoor"])
    return row, page


def test_a_deletion_leaves_no_id_and_url_of_the_providers_with_a_page(alice, connected):
    row, page = named_page(alice, connected)
    meta("facebook", "data-deletion", signed(row.provider_uid))
    page.refresh_from_db()
    assert (page.external_id, page.url, page.identity_keys) == ("tilda.moor", "https://facebook.com", ["tildamoor"])
    assert [name for name, value in vars(page).items() if "5577" in str(value)] == []


def test_a_suspended_page_is_known_by_its_number_after_a_deletion(alice, bob, staff, connected):
    row, page = named_page(alice, connected)
    page.suspend(by=staff, reason="fraud")
    meta("facebook", "data-deletion", signed(row.provider_uid))
    page.refresh_from_db()
    assert (page.status, page.url) == ("suspended", "https://facebook.com")
    assert all(key.startswith("erased:") for key in page.identity_keys)
    for name in ("5577", "tildamoor"):
        body = {"network": "facebook", "page_id": name, "page_name": "M", "page_url": f"fb.com/{name}"}
        claimed = bob.ok("add/social-page/", body)["page_id"]
        assert SocialPage.objects.get(pk=claimed).status == "suspended"
        SocialPage.objects.filter(pk=claimed).delete()


def test_a_deletion_takes_what_the_provider_said_of_pages_too(alice, connected):
    from pages.models import SocialPage
    from social_auth.assets import discovery
    from social_auth.assets.models import Asset

    row = connected("facebook")
    discovery.discover(row.pk)
    asset = Asset.objects.first()
    body = {"network": "facebook", "page_id": asset.provider_uid, "page_name": "Mine", "page_url": asset.url}
    alice.ok("add/social-page/", body)
    SocialPage.objects.update(extra_data={"mine": 1, "handle": "theirs"})
    other = {**body, "page_id": "other", "page_url": "https://facebook.com/other", "followers": 5}
    kept = alice.ok("add/social-page/", other)["page_id"]
    SocialPage.objects.filter(pk=kept).update(provider_uid="another account's")
    assert SocialPage.objects.exclude(pk=kept).get().verified
    meta("facebook", "data-deletion", signed(row.provider_uid))
    assert SocialPage.objects.get(pk=kept).followers == 5
    page = SocialPage.objects.exclude(pk=kept).get()
    assert (page.verified, page.status, page.followers, page.extra_data) == (False, "accepted", None, {"mine": 1})
    assert (page.name, page.external_id) == ("", asset.provider_uid)
    assert page.provider_uid.startswith("erased:")
    assert not Asset.objects.exists()
    assert not FollowerReading.objects.exists()
