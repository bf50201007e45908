"""What each provider's answers mean: proof, refusal, or that nothing is known, in which case nothing is stored."""

import time

import pytest

from connect.moderation.workflow import Level
from connect.network_table import Network
from networks.models import SocialNetwork
from social_auth.credentials.models import Credential
from social_auth.sandbox.tokens import mint
from tests.support.api import posted

pytestmark = pytest.mark.django_db
NETWORKS = ("facebook", "youtube", "instagram", "twitter", "tiktok", "linkedin", "pinterest")
PROVEN = ("facebook", "youtube", "instagram", "linkedin")
HOSTS = {
    "facebook": {"graph.facebook.com"},
    "youtube": {"oauth2.googleapis.com", "youtube.googleapis.com"},
    "instagram": {"graph.instagram.com"},
    "twitter": {"api.x.com"},
    "tiktok": {"open.tiktokapis.com"},
    "linkedin": {"www.linkedin.com", "api.linkedin.com"},
    "pinterest": {"api.pinterest.com"},
}


def nothing_stored() -> bool:
    return not SocialNetwork.objects.exists() and not Credential.objects.exists()


@pytest.mark.parametrize("network", NETWORKS)
class TestEachProvider:
    def test_a_good_token(self, alice, sandbox, network):
        pk = alice.connected(network)

        row = SocialNetwork.objects.get(pk=pk)
        proven = network in PROVEN
        assert row.verification_level == (Level.APP if proven else Level.USER)
        assert row.status == ("accepted" if proven else "pending")
        assert row.health == "healthy"
        assert {call.host for call in sandbox.calls} == HOSTS[network]
        assert row.credential.open().access_token

    def test_a_foreign_apps_token(self, alice, sandbox, network):
        answer = alice.connect(network, foreign=True)
        if network in PROVEN:
            assert (answer.status_code, answer.json()["reason"]) == (400, "wrong_app")
            assert nothing_stored()
        else:  # nothing can tell: it waits for staff
            assert answer.status_code == 200
            assert SocialNetwork.objects.get().status == "pending"

    @pytest.mark.parametrize("state", ["expired", "revoked"])
    def test_a_dead_token(self, alice, sandbox, network, state):
        answer = alice.connect(network, state=state)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_access_token")
        assert nothing_stored()

    @pytest.mark.parametrize("state", ["rate_limited", "5xx"])
    def test_an_outage_is_no_verdict(self, alice, sandbox, network, state):
        answer = alice.connect(network, state=state)
        assert (answer.status_code, answer.json()["error"]) == (503, "provider_unavailable")
        assert int(answer["Retry-After"]) == answer.json()["retry_after"] >= 1
        assert nothing_stored()

    def test_a_hanging_provider(self, alice, sandbox, network, monkeypatch):
        monkeypatch.setattr("social_auth.wire.http.DEADLINE", 0.2)
        started = time.monotonic()

        answer = alice.connect(network, state="hang")

        assert (answer.status_code, answer.json()["error"]) == (503, "provider_unavailable")
        assert time.monotonic() - started < 3
        assert nothing_stored()

    def test_another_users_token(self, alice, sandbox, network):
        body = posted(mint(network, "maya")) | {"user_id": mint(network, "eve").holder.uid("x")}
        code, answer = alice.refused(f"auth/{network}/", body)
        assert (code, answer["error"], answer["reason"]) == (400, "network_verification_failed", "wrong_user")
        assert "maya" not in str(answer)
        assert nothing_stored()

    def test_another_networks_token(self, alice, sandbox, network):
        for other in NETWORKS:
            if other != network:
                code, _ = alice.refused(f"auth/{network}/", posted(mint(other, "maya")))
                assert code == 400
        assert {call.host for call in sandbox.calls} <= HOSTS[network]
        assert nothing_stored()

    def test_garbage(self, alice, network, settings, garbage):
        settings.CONNECT_PROVIDER_PROXY = garbage.url
        for garbage.body in (b"", b"null", b"[]", b"{}", b"1", b'"x"', b"<html>", b"{", b'{"data":null}',
                             b'{"data":{"user":[]},"error":{"code":"ok"}}', b'{"id":{}}', b"[" * 5000):  # fmt: skip
            code, answer = alice.refused(f"auth/{network}/", {"access_token": "x", "user_id": "1"})
            assert (code, answer["error"]) == (503, "provider_unavailable"), garbage.body
        assert nothing_stored()

    def test_no_provider_at_all(self, alice, network):
        code, answer = alice.refused(f"auth/{network}/", {"access_token": "x", "user_id": "1"})
        assert (code, answer["error"]) == (503, "provider_unavailable")


class TestUserId:
    def test_a_json_number_is_compared_digit_by_digit(self, alice, sandbox):
        token = mint("instagram", "zzzzzzzzz")
        uid = int(token.holder.uid(token.app))
        assert uid > 2**53
        assert alice.refused("auth/instagram/", {"access_token": str(token), "user_id": uid + 1})[0] == 400
        alice.ok("auth/instagram/", {"access_token": str(token), "user_id": uid})

    def test_instagrams_other_id(self, alice, sandbox):
        token = mint("instagram", "maya")
        body = {"access_token": str(token), "user_id": f"2728{token.holder.number}1"}
        assert alice.post("auth/instagram/", body).status_code == 200

    def test_googles_channel_id(self, alice, sandbox):
        token = mint("youtube", "maya")
        body = {"access_token": str(token), "user_id": token.holder.channel_id}
        assert alice.post("auth/google/", body).status_code == 200

    @pytest.mark.parametrize("user_id", [True, 1.5, [], {}, None, ""])
    def test_what_is_none(self, alice, user_id):
        code, answer = alice.refused("auth/facebook/", {"access_token": "x", "user_id": user_id})
        assert (code, answer["error"], answer["field"]) == (400, "validation_error", "user_id")


class TestWhatIsKept:
    def test_numbers_with_their_provenance(self, alice, sandbox):
        for network in NETWORKS:
            alice.connected(network)
        rows = {row["network"]: row for row in alice.ok("get/networks/", {"view": "full"})["networks"]}
        sources = {network: row["followers_source"] for network, row in rows.items()}
        assert sources == {
            "facebook": "", "linkedin": "", "youtube": "rounded", "instagram": "exact", "twitter": "exact",
            "tiktok": "exact", "pinterest": "exact",
        }  # fmt: skip
        assert rows["facebook"]["followers"] is None
        assert rows["facebook"]["followers_as_of"] is None
        assert rows["twitter"]["extra_data"]["verified_badge"] in (True, False)
        assert rows["twitter"]["network_url"] == "https://x.com/maya"

    def test_instagram_keeps_the_exchanged_token(self, alice, sandbox):
        alice.connected("instagram")
        credential = Credential.objects.get()
        assert credential.expires_at is not None
        assert any(call.path == "/access_token" for call in sandbox.calls)

    def test_what_the_creator_wrote_stays(self, alice, sandbox):
        pk = alice.claim("instagram", "maya")
        alice.ok("action/network-extra/update/", {"network_id": pk, "extra_data": {"bio": "mine"}})
        alice.connected("instagram")
        assert SocialNetwork.objects.get().extra_data["bio"] == "mine"

    def test_the_servers_keys_cannot_be_set(self, alice):
        pk = alice.claim()
        body = {"network_id": pk, "extra_data": {"verified_badge": True}}
        code, answer = alice.refused("action/network-extra/update/", body)
        assert (code, answer["field"]) == (400, "extra_data.verified_badge")


@pytest.mark.parametrize("network", Network.values)
def test_reconnecting_with_another_account_of_the_provider_is_refused(alice, sandbox, network):
    pk = alice.connected(network, "maya")
    alice.ok("network/disconnect/", {"network_id": pk})
    mayas = mint(network, "maya").holder.uid(mint(network, "maya").app)
    status, refusal = alice.refused(f"auth/{network}/", {"access_token": str(mint(network, "leo")), "user_id": mayas})
    assert (status, refusal["error"], refusal["reason"]) == (400, "network_verification_failed", "wrong_user")
    row = SocialNetwork.objects.get()
    assert (row.pk, row.status) == (pk, "disconnected")
    assert alice.connected(network, "maya") == pk
