"""Signing up and in through allauth headless: e-mail and password, tokens, and provider tokens that are proven ours."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.utils import timezone

from connect.models import User
from networks.models import SocialNetwork
from social_auth.credentials.models import Credential, Revocation
from social_auth.credentials.revocation import attempt
from social_auth.sandbox.id_tokens import id_token
from social_auth.sandbox.minting import minted
from social_auth.sandbox.tokens import mint, read_token
from social_auth.sandbox.traits import set_traits
from tests.support.api import PASSWORD, alone

pytestmark = pytest.mark.django_db
BASE = "/_allauth/app/v1"
PROVEN = {"facebook": "facebook", "google": "youtube", "instagram": "instagram", "linkedin": "linkedin"}
NOT_PROVEN = ("twitter", "tiktok", "pinterest")


def post(path, body, **headers):
    return Client().post(f"{BASE}{path}", body, content_type="application/json", headers=headers)


def with_provider_token(provider, network, process="login", client_id=None, **traits):
    token = {"client_id": client_id or f"{provider}-client-id", "access_token": str(mint(network, "maya", **traits))}
    return post("/auth/provider/token", {"provider": provider, "process": process, "token": token})


def with_credential(provider, credential):
    token = {"client_id": f"{provider}-client-id", **credential}
    return post("/auth/provider/token", {"provider": provider, "process": "login", "token": token})


def with_code(provider):
    return with_credential(provider, minted(provider, "maya", kind="code"))


def networks(**headers):
    return Client().post("/api/get/networks/", headers=headers)


class TestEmailAndPassword:
    def test_both_tokens_open_the_api(self, alice):
        answer = post("/auth/login", {"email": alice.email, "password": PASSWORD}).json()["meta"]
        assert networks(**{"X-Session-Token": answer["session_token"]}).status_code == 200
        assert networks(Authorization=f"Bearer {answer['access_token']}").status_code == 200

    def test_a_wrong_password(self, alice):
        assert post("/auth/login", {"email": alice.email, "password": "wrong"}).status_code == 400

    @pytest.mark.parametrize("password", ["short1!", "password1"])
    def test_a_password_that_is_easily_guessed(self, db, password):
        answer = post("/auth/signup", {"email": "maya@example.org", "password": password})
        assert (answer.status_code, answer.json()["field"]) == (400, "password")

    def test_any_long_password(self, db):
        person = {"email": "maya@example.org", "password": "ä 語🙂x" * 20}
        assert post("/auth/signup", person).status_code == 200
        assert post("/auth/login", person).status_code == 200
        for wrong in (person["password"][:-1], person["password"].upper()):
            assert post("/auth/login", person | {"password": wrong}).status_code == 400

    def test_refresh_tokens_rotate(self, alice):
        meta = post("/auth/login", {"email": alice.email, "password": PASSWORD}).json()["meta"]
        first = post("/tokens/refresh", {"refresh_token": meta["refresh_token"]})
        assert first.status_code == 200
        assert networks(Authorization=f"Bearer {first.json()['data']['access_token']}").status_code == 200
        assert post("/tokens/refresh", {"refresh_token": meta["refresh_token"]}).status_code == 400

    def test_signing_out_ends_both_at_once(self, alice):
        Client().delete(f"{BASE}/auth/session", headers={"X-Session-Token": alice.session_token})
        assert alice.post("get/networks/").status_code == 401
        assert networks(**{"X-Session-Token": alice.session_token}).status_code == 401

    @pytest.mark.parametrize("change", ["password", "inactive", "deleted"])
    def test_so_do_a_new_password_and_a_lock(self, alice, change):
        if change == "password":
            alice.user.set_password("another-long-one")
            alice.user.save()
        elif change == "inactive":
            User.objects.update(is_active=False)
        else:
            alice.user.delete()
        assert alice.post("get/networks/").status_code == 401
        assert networks(**{"X-Session-Token": alice.session_token}).status_code == 401

    def test_a_cookie_is_no_sign_in(self, alice, client):
        client.force_login(alice.user)
        assert client.post("/api/get/networks/").status_code == 401

    @pytest.mark.parametrize("token", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", "x" * 5000])
    def test_forged_tokens(self, alice, token):
        assert networks(Authorization=f"Bearer {token}").status_code == 401
        assert networks(Authorization=f"Bearer {alice.bearer}{token or 'x'}").status_code == 401

    def test_a_refresh_token_is_no_access_token(self, alice):
        meta = post("/auth/login", {"email": alice.email, "password": PASSWORD}).json()["meta"]
        assert networks(Authorization=f"Bearer {meta['refresh_token']}").status_code == 401


class TestProviderTokens:
    @pytest.mark.parametrize(("provider", "network"), PROVEN.items())
    def test_a_proven_one_signs_up_and_in(self, sandbox, provider, network):
        first = with_provider_token(provider, network)
        assert first.status_code == 200, first.content
        assert networks(Authorization=f"Bearer {first.json()['meta']['access_token']}").json() == {"networks": []}
        assert with_provider_token(provider, network).status_code == 200
        assert User.objects.count() == SocialAccount.objects.count() == 1

    @pytest.mark.parametrize(("provider", "network"), PROVEN.items())
    def test_a_foreign_one_does_not(self, sandbox, provider, network):
        answer = with_provider_token(provider, network, foreign=True)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["code"] == "wrong_app"
        assert not User.objects.exists()

    def test_one_that_opens_the_account_but_is_not_proven(self, sandbox):
        answer = with_provider_token("instagram", "instagram", kind="long")
        assert answer.json()["errors"][0]["code"] == "unproven"

    @pytest.mark.parametrize("provider", NOT_PROVEN)
    def test_networks_that_cannot_prove(self, sandbox, provider):
        answer = with_provider_token(provider, provider)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["code"] == "token_authentication_not_supported"
        assert not sandbox.calls

    @pytest.mark.parametrize("provider", [*PROVEN, *NOT_PROVEN])
    def test_a_code_signs_in_by_all_seven(self, sandbox, provider):
        first = with_code(provider)
        assert first.status_code == 200, first.content
        assert with_code(provider).json()["data"]["user"]["id"] == first.json()["data"]["user"]["id"]
        assert SocialAccount.objects.get().provider == provider

    @pytest.mark.parametrize("provider", NOT_PROVEN)
    def test_so_does_a_posted_refresh_token(self, sandbox, provider):
        token = mint(provider, "maya")
        credential = {"access_token": str(token), "refresh_token": str(token.sibling("refresh"))}
        assert with_credential(provider, credential).status_code == 200

    @pytest.mark.parametrize("provider", ["google", "twitter", "tiktok"])
    def test_a_code_needs_its_verifier_and_its_address(self, sandbox, provider):
        code = minted(provider, "maya", kind="code")
        for missing in ("code_verifier", "redirect_uri"):
            answer = with_credential(provider, {**code, missing: ""})
            assert answer.status_code == 400
            assert missing in answer.json()["errors"][0]["message"]
        assert with_credential(provider, {**code, "code_verifier": "another"}).status_code == 400
        assert not SocialAccount.objects.exists()

    def test_what_a_code_brought_goes_to_the_connection_of_that_account(self, alice, sandbox):
        pk = alice.ok("auth/twitter/", minted("twitter", "maya", kind="code"))["network_id"]
        before = Credential.objects.get(pk=pk).open()
        SocialNetwork.objects.filter(pk=pk).update(health="reauth_required")
        assert with_code("twitter").json()["data"]["user"]["id"] == alice.user.pk
        assert Credential.objects.get(pk=pk).open() != before
        assert SocialNetwork.objects.get().health == "healthy"
        assert not Revocation.objects.exists()

    def test_a_code_without_the_channels_scope_does_not_end_the_channel(self, alice, sandbox):
        set_traits("youtube", "maya", state="ok")
        pk = alice.ok("auth/google/", minted("youtube", "maya", kind="code"))["network_id"]
        before = Credential.objects.get(pk=pk).open()
        code = minted("youtube", "maya", kind="code")
        set_traits("youtube", "maya", state="missing_scope")
        assert with_credential("google", code).status_code == 200
        for revocation in Revocation.objects.all():
            attempt(revocation, timezone.now())
        assert Revocation.objects.get().answer == "the account is connected: left alone"
        assert Credential.objects.get(pk=pk).open() == before
        assert not read_token(before.refresh_token, "youtube").dead

    def test_an_id_token_and_a_code_of_two_people(self, alice, sandbox):
        pk = alice.ok("auth/google/", minted("youtube", "maya", kind="code"))["network_id"]
        before = Credential.objects.get(pk=pk).open()
        both = minted("youtube", "leo", kind="code") | {"id_token": id_token(mint("youtube", "maya"))}
        answer = with_credential("google", both)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "wrong_user")
        assert Credential.objects.get(pk=pk).open() == before

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize("provider", [*PROVEN, *NOT_PROVEN])
    def test_many_first_sign_ins_at_once_are_one_person(self, sandbox, provider):
        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(alone(lambda _: with_code(provider).status_code), range(6)))
        assert answers == [200] * 6
        assert User.objects.count() == SocialAccount.objects.count() == 1

    @pytest.mark.parametrize("provider", ["twitter", "google"])
    def test_a_code_is_good_once_and_the_first_exchange_lives_on(self, alice, sandbox, provider):
        network = "youtube" if provider == "google" else provider
        code = minted(network, "maya", kind="code")
        pk = alice.ok(f"auth/{network}/", code)["network_id"]
        sandbox.calls.clear()
        assert alice.refused(f"auth/{network}/", code)[1]["field"] == "code"
        assert with_credential(provider, code).status_code == 400
        assert not sandbox.calls
        assert not read_token(Credential.objects.get(pk=pk).open().refresh_token, network).dead

    def test_a_code_that_could_not_be_exchanged_is_not_spent(self, alice, sandbox):
        code = minted("twitter", "maya", kind="code")
        set_traits("twitter", "*", state="5xx")
        assert alice.refused("auth/twitter/", code)[0] == 503
        set_traits("twitter", "*", state="ok")
        alice.ok("auth/twitter/", code)

    def test_connecting_there_spends_nothing(self, sandbox):
        token = {"client_id": "google-client-id", "id_token": id_token(mint("youtube", "maya"))}
        for process, status in (("connect", 400), ("login", 200)):
            body = {"provider": "google", "process": process, "token": token}
            assert post("/auth/provider/token", body).status_code == status

    def test_what_no_connection_can_use_is_revoked(self, sandbox):
        with_code("twitter")
        assert Revocation.objects.get().provider == "twitter"

    def test_nobody_elses_connection_takes_it(self, alice, bob, sandbox):
        pk = alice.connected("twitter")  # at level user: whose it really is was not proven
        before = Credential.objects.get(pk=pk).open()
        assert with_code("twitter").status_code == 200
        assert Credential.objects.get(pk=pk).open() == before

    def test_a_dead_one(self, sandbox):
        assert with_provider_token("facebook", "facebook", state="expired").status_code == 400

    @pytest.mark.parametrize("state", ["5xx", "rate_limited"])
    def test_an_outage_is_not_a_bad_token(self, sandbox, state):
        answer = with_provider_token("facebook", "facebook", state=state)
        assert (answer.status_code, answer.json()["error"]) == (503, "provider_unavailable")
        assert answer["Retry-After"]

    def test_the_account_that_was_connected_signs_in(self, alice, sandbox):
        alice.connected("facebook")
        answer = with_provider_token("facebook", "facebook")
        assert answer.json()["data"]["user"]["id"] == alice.user.pk

    def test_connecting_has_a_call_of_its_own(self, sandbox):
        answer = with_provider_token("facebook", "facebook", process="connect")
        assert (answer.status_code, answer.json()["field"]) == (400, "process")
        assert not SocialAccount.objects.exists()

    def test_an_email_in_use_is_not_taken_over(self, sign_up, sandbox):
        sign_up("maya@creators.test")
        answer = with_provider_token("google", "youtube")
        assert answer.status_code == 401
        assert not SocialAccount.objects.exists()

    @pytest.mark.parametrize(
        "token",
        [
            None, [], "x", {}, {"client_id": "facebook-client-id"}, {"client_id": 1},
            {"client_id": "x", "access_token": "x"}, {"client_id": "facebook-client-id", "access_token": 1},
        ],
    )  # fmt: skip
    def test_bad_input(self, sandbox, token):
        body = {"provider": "facebook", "process": "login", "token": token}
        assert post("/auth/provider/token", body).status_code == 400
