"""One account is one account, however it is spelled: when it is claimed, proven, suspended, flagged and looked for."""

from collections import defaultdict

import pytest
from django.core.management import call_command
from django.db import connection

from connect.identity.backfill import fill, fill_assets, flag_duplicates
from connect.identity.identity_keys import identity_keys, spellings
from connect.identity.stored_forms import canonical_url
from connect.moderation.workflow import Status
from connect.network_table import URLS, Network
from networks.models import SocialNetwork
from pages.models import SocialPage
from social_auth.assets import discovery
from social_auth.assets.management.commands import finish_upgrade
from social_auth.assets.models import Asset
from social_auth.demo.factories import AssetFactory
from social_auth.sandbox.accounts import Account
from social_auth.sandbox.tokens import mint
from tests.support.api import PASSWORD
from tests.support.due import erase_all
from tests.support.profile_urls import SPELT

APPROVAL = "action/network/approval/"
CHANNEL = "UCk3pW_7hT9-aBcDeFgHiJkL"
TWO_WAYS = [
    ("youtube", "@tamsin", "youtube.com/@tamsin", "@TAMSIN", "youtube.com/@TAMSIN"),
    ("youtube", "@tamsin", "youtube.com/@tamsin", "tamsin", "https://www.youtube.com/c/@Tamsin/featured"),
    ("youtube", "tamsin", "youtube.com/tamsin", "Tamsin", "youtube.com/c/TAMSIN"),
    ("linkedin", "ravi-t", "linkedin.com/in/ravi-t", "RAVI-T", "https://de.linkedin.com/in/RAVI-T/details/skills/"),
    ("facebook", "tilda.moor", "facebook.com/tilda.moor", "tildamoor", "facebook.com/tildamoor"),
    ("facebook", "1000098", "facebook.com/1000098", "Moor", "https://www.facebook.com/p/Tilda-Moor-1000098/"),
    ("twitter", "ida_lund", "x.com/ida_lund", "@Ida_Lund", "https://x.com/intent/user?screen_name=IDA_LUND"),
    ("twitter", "ida", "https://x.com/i/user/3344", "3344", "https://twitter.com/intent/user?user_id=3344"),
    ("instagram", "olga.fern", "instagram.com/olga.fern", "another", "https://www.instagram.com/@olga.fern/reels/"),
    ("tiktok", "rosa.w", "tiktok.com/@rosa.w", "Rosa.W", "https://www.tiktok.com/en/@ROSA.w/live"),
    ("pinterest", "moorandmill", "pinterest.com/moorandmill", "MoorAndMill", "pinterest.de/MoorAndMill/_saved/"),
    (
        "pinterest",
        "moorandmill",
        "pinterest.com/moorandmill",
        "mill",
        "https://www.pinterest.com/@moorandmill/_created",
    ),
    (
        "linkedin",
        "mill.io",
        "linkedin.com/company/mill.io",
        "Mill.IO",
        "https://www.linkedin.com/school/Mill.IO/about/",
    ),
    ("linkedin", "mill.io", "linkedin.com/showcase/mill.io", "other", "https://www.linkedin.com/company/mill.io/"),
]
"""By network: id and URL, and id and URL of the same account in other words."""


def claim(network, external_id, url):
    return {"network_type": network, "network_id": external_id, "network_url": url}


class TestKeys:
    def test_every_spelling_of_an_account_has_its_key_and_nobody_elses(self):
        keys = defaultdict(set)
        for network, account, url in SPELT:
            keys[network, account].add(tuple(identity_keys(network, [canonical_url(network, url)])))
        assert [account for account, found in keys.items() if len(found) != 1] == []
        assert len({(network, *found) for (network, _), found in keys.items()}) == len(keys)

    def test_an_id_that_leaves_open_what_it_is_is_what_the_url_says(self):
        assert identity_keys("linkedin", ["Mill", "https://linkedin.com/company/mill"]) == ["company/mill"]
        assert identity_keys("youtube", ["tamsin", "https://youtube.com/@Tamsin"]) == ["@tamsin"]
        open_key, other = identity_keys("linkedin", ["mill", "https://linkedin.com/in/other"])
        assert (open_key, other) == ("?mill", "in/other")
        assert {"in/mill", "company/mill"} < {*spellings("linkedin", [open_key])}
        assert open_key in spellings("linkedin", ["company/mill"])

    def test_ids_of_the_networks_own_making_are_told_apart_by_capitals(self):
        assert identity_keys("youtube", [CHANNEL]) == [f"channel/{CHANNEL}"]
        assert identity_keys("youtube", [CHANNEL]) != identity_keys("youtube", [CHANNEL.swapcase()])

    def test_what_names_nobody_has_no_key(self):
        for network in Network.values:
            assert identity_keys(network, ["", f"https://{URLS[network].home}", "https://example.org/maya"]) == []

    def test_letters_that_are_not_seen_and_forms_of_the_same_letter_make_no_other_account(self):
        for spelt in ("@Straße", "@STRASSE", "@ｓｔｒａｓｓｅ", "@stras\ufe0fse"):
            assert identity_keys("youtube", [spelt]) == ["@strasse"]
        assert identity_keys("youtube", ["@u\ufe0f\u0308"]) == ["@ü"]  # between the letter and its accent


@pytest.mark.django_db
@pytest.mark.parametrize(("network", "external_id", "url", "other_id", "other_url"), TWO_WAYS)
class TestClaims:
    def test_one_creator_has_it_once(self, alice, staff, network, external_id, url, other_id, other_url):
        first = alice.ok(APPROVAL, claim(network, external_id, url))["approval_id"]
        assert alice.ok(APPROVAL, claim(network, other_id, other_url))["approval_id"] == first
        SocialNetwork.objects.get().accept(by=staff)
        for told in ((external_id, url), (other_id, other_url)):
            assert alice.refused(APPROVAL, claim(network, *told))[1]["error"] == "network_already_connected"

    def test_suspended_under_one_spelling_is_suspended_under_the_other(
        self, alice, bob, staff, network, external_id, url, other_id, other_url
    ):
        row = SocialNetwork.objects.get(pk=alice.ok(APPROVAL, claim(network, external_id, url))["approval_id"])
        row.suspend(by=staff, reason="fraud")
        assert alice.refused(APPROVAL, claim(network, other_id, other_url))[1]["error"] == "permission_denied"
        alice.ok("network/disconnect/", {"network_id": row.pk})
        assert alice.refused(APPROVAL, claim(network, other_id, other_url))[1]["error"] == "permission_denied"
        other = bob.ok(APPROVAL, claim(network, other_id, other_url))["approval_id"]
        assert SocialNetwork.objects.get(pk=other).status == Status.SUSPENDED

    def test_a_suspension_finds_the_other_spelling(
        self, alice, bob, staff, network, external_id, url, other_id, other_url
    ):
        row = SocialNetwork.objects.get(pk=alice.ok(APPROVAL, claim(network, external_id, url))["approval_id"])
        other = bob.ok(APPROVAL, claim(network, other_id, other_url))["approval_id"]
        assert [one.flags for one in SocialNetwork.objects.all()] == [["shared_identity"]] * 2
        row.suspend(by=staff, reason="fraud")
        assert SocialNetwork.objects.get(pk=other).status == Status.SUSPENDED

    def test_it_is_remembered_after_an_erasure(self, alice, bob, staff, network, external_id, url, other_id, other_url):
        row = SocialNetwork.objects.get(pk=alice.ok(APPROVAL, claim(network, external_id, url))["approval_id"])
        row.suspend(by=staff, reason="fraud")
        alice.ok("account/erase/", {"confirm": "erase", "password": PASSWORD})
        erase_all()
        assert all(key.startswith("erased:") for key in SocialNetwork.objects.get().identity_keys)
        other = bob.ok(APPROVAL, claim(network, other_id, other_url))["approval_id"]
        assert SocialNetwork.objects.get(pk=other).status == Status.SUSPENDED


@pytest.mark.django_db
class TestEverywhere:
    @pytest.mark.parametrize("noun", ["page", "wall", "channel"])
    def test_pages_walls_and_channels(self, alice, bob, staff, noun):
        def submitted(creator, spelt, url):
            body = {"network": "facebook", f"{noun}_id": spelt, f"{noun}_name": "Moor", f"{noun}_url": url}
            return creator.post(f"add/social-{noun}/", body)

        assert submitted(alice, "tilda.moor", "facebook.com/tilda.moor").status_code == 200
        assert submitted(alice, "TildaMoor", "facebook.com/pg/TildaMoor/about").status_code == 200
        [row] = [*kind(noun).objects.all()]
        row.suspend(by=staff, reason="fraud")
        pk = submitted(bob, "TildaMoor", "facebook.com/pg/TildaMoor/about").json()[f"{noun}_id"]
        assert kind(noun).objects.get(pk=pk).status == Status.SUSPENDED

    def test_a_claim_by_handle_becomes_the_proven_channel_in_whatever_case(self, alice, sandbox):
        handle = sandbox_handle()
        pk = alice.ok(APPROVAL, claim("youtube", handle.upper(), f"youtube.com/{handle.upper()}"))["approval_id"]
        assert alice.connected("google", "maya") == pk
        assert SocialNetwork.objects.get().verified

    def test_the_id_that_x_tells_finds_who_claims_it_by_number_and_nobody_whose_name_is_one(
        self, alice, bob, sign_up, staff, sandbox
    ):
        row = SocialNetwork.objects.get(pk=alice.connected("twitter", "maya"))
        assert row.identity_keys == [row.external_id, f"i/user/{row.provider_uid}"]
        row.suspend(by=staff, reason="fraud")
        named = sign_up("named@example.org")
        for who, url, status in (
            (bob, f"https://x.com/i/user/{row.provider_uid}", Status.SUSPENDED),
            (named, f"https://x.com/{row.provider_uid}", Status.PENDING),
        ):
            who.ok(APPROVAL, claim("twitter", row.provider_uid, url))
            assert SocialNetwork.objects.get(user=who.user).status == status

    def test_who_claims_the_handle_of_a_proven_and_suspended_channel_is_suspended(self, alice, bob, staff, sandbox):
        row = SocialNetwork.objects.get(pk=alice.connected("google", "maya"))
        row.suspend(by=staff, reason="fraud")
        handle = sandbox_handle().swapcase()
        pk = bob.ok(APPROVAL, claim("youtube", handle, f"youtube.com/{handle}"))["approval_id"]
        assert SocialNetwork.objects.get(pk=pk).status == Status.SUSPENDED

    def test_who_says_that_two_of_their_claims_are_one_has_one(self, alice, staff):
        for spelt in ("1000098", "tilda.moor"):
            alice.ok(APPROVAL, claim("facebook", spelt, f"facebook.com/{spelt}"))
        pk = alice.ok(APPROVAL, claim("facebook", "1000098", "facebook.com/tilda.moor"))["approval_id"]
        [row] = SocialNetwork.objects.exclude(status=Status.DISCONNECTED)
        assert (row.pk, row.identity_keys) == (pk, ["1000098", "tildamoor"])

    def test_two_claims_on_what_is_proven_then_are_one_record(self, alice, sandbox):
        token = mint("tiktok", "maya")
        open_id = token.holder.uid(token.app)
        other = alice.ok(APPROVAL, claim("tiktok", open_id, "tiktok.com/@another"))["approval_id"]
        pk = alice.ok(APPROVAL, claim("tiktok", "maya", "tiktok.com/@MAYA"))["approval_id"]
        assert other != pk
        assert alice.connected("tiktok", "maya") in (other, pk)
        [row] = SocialNetwork.objects.exclude(status=Status.DISCONNECTED)
        assert (row.verified, row.provider_uid, row.external_id) == (True, open_id, "maya")

    def test_a_claim_on_another_account_stays_beside_what_is_proven(self, alice, sandbox):
        alice.ok(APPROVAL, claim("tiktok", "another", "tiktok.com/@another"))
        pk = alice.ok(APPROVAL, claim("tiktok", "maya", "tiktok.com/@MAYA"))["approval_id"]
        assert alice.connected("tiktok", "maya") == pk
        assert SocialNetwork.objects.exclude(status=Status.DISCONNECTED).count() == 2

    def test_what_is_shown_keeps_the_creators_spelling(self, alice):
        alice.ok(APPROVAL, claim("youtube", "@TamSin", "https://www.youtube.com/@TamSin/videos"))
        [row] = alice.ok("get/networks/")["networks"]
        assert (row["network_id"], row["network_url"]) == ("@TamSin", "https://youtube.com/@TamSin")

    def test_a_listed_page_proves_the_claim_in_another_spelling(self, alice, sandbox):
        network = SocialNetwork.objects.get(pk=alice.connected("facebook", "maya"))
        AssetFactory(
            network=network, provider_uid="55", names=["tilda.moor"], url="https://facebook.com/tilda.moor",
            identity_keys=["55", "tildamoor"],
        )  # fmt: skip
        body = {"network": "facebook", "page_id": "TildaMoor", "page_name": "Moor", "page_url": "fb.com/TildaMoor"}
        row = SocialPage.objects.get(pk=alice.ok("add/social-page/", body)["page_id"])
        assert (row.verified, row.provider_uid, row.external_id) == (True, "55", "tildamoor")
        assert {"55", "tildamoor"} <= {*row.identity_keys}

    def test_a_proof_tells_staff_of_others_who_claim_it_by_any_of_its_names(self, alice, bob, sign_up, sandbox):
        network = SocialNetwork.objects.get(pk=alice.connected("linkedin", "maya"))
        other = sign_up("carol@example.org")
        for who, url in ((bob, "linkedin.com/school/mill"), (other, "linkedin.com/company/1234567")):
            body = {"network": "linkedin", "page_id": url.rpartition("/")[2], "page_name": "Mill", "page_url": url}
            who.ok("add/social-page/", body)
        AssetFactory(
            network=network, provider_uid="1234567", names=["mill", "https://linkedin.com/company/1234567"],
            url="https://linkedin.com/company/mill", identity_keys=["company/1234567", "company/mill"],
            seen_at=network.connected_at,
        )  # fmt: skip
        body = {"network": "linkedin", "page_id": "mill", "page_name": "Mill", "page_url": "linkedin.com/company/mill"}
        alice.ok("add/social-page/", body)
        flags = dict(SocialPage.objects.values_list("user__email", "flags"))
        assert "proven_by_other" in flags[bob.email]
        assert flags[other.email] == ["proven_by_other"]
        assert "proven_by_other" not in flags[alice.email]

    @pytest.mark.parametrize("text", ["T.I.L.D.A.moor", "https://m.facebook.com/tildamoor/photos", "fb.com/tildamoor"])
    def test_staff_find_it_in_any_spelling(self, alice, desk, text):
        alice.ok(APPROVAL, claim("facebook", "tilda.moor", "facebook.com/tilda.moor"))
        path = "/admin/networks/socialnetwork/"
        assert "Facebook · tilda.moor" in desk.get(path, {"q": text}).content.decode()
        for other in ("tilda", "https://example.org/tildamoor", "x.com/tildamoor"):
            found = desk.get(path, {"q": other}).content.decode()
            assert ("Facebook · tilda.moor" in found) is (other == "tilda")


@pytest.mark.django_db
class TestRowsFromBefore:
    @pytest.fixture
    def old(self, alice, bob):
        """Three records of one account and one of another, as they were kept before there were keys."""
        told = [
            (alice, "@tamsin", "https://youtube.com/@tamsin"),
            (alice, "@TAMSIN", "https://youtube.com/@TAMSIN"),
            (bob, "Tamsin", "https://youtube.com/@Tamsin"),
            (bob, "tamsin", "https://youtube.com/c/tamsin"),
        ]
        rows = [SocialNetwork(user=who.user, network="youtube", external_id=id_, url=url) for who, id_, url in told]
        SocialNetwork.objects.bulk_create(rows)
        SocialNetwork.objects.update(identity_key="")

    def test_they_get_their_keys_in_batches(self, old, monkeypatch):
        monkeypatch.setattr("connect.identity.backfill.AT_ONCE", 3)
        assert fill(SocialNetwork.objects) == 4
        assert fill(SocialNetwork.objects) == 0
        keys = [row.identity_keys for row in SocialNetwork.objects.order_by("pk")]
        assert keys == [["@tamsin"]] * 3 + [["c/tamsin"]]

    def test_those_that_turn_out_to_be_one_are_told_to_staff_and_left_as_they_are(self, old, capsys):
        call_command("finish_upgrade")
        assert "4 records and 0 listed ones have keys now, 3 are flagged." in capsys.readouterr().out
        call_command("finish_upgrade")
        assert "0 records and 0 listed ones have keys now, 0 are flagged." in capsys.readouterr().out
        rows = SocialNetwork.objects.order_by("pk")
        assert [row.flags for row in rows] == [["same_identity"]] * 3 + [[]]
        assert {row.status for row in rows} == {"pending"}

    def test_one_creators_two_of_one_url_are_told_and_two_creators_were_when_they_claimed_it(self, alice, bob, capsys):
        url = "https://youtube.com/@tamsin"
        told = [(alice, "@tamsin", url), (alice, "@tamsinn", url), (bob, "@other", "https://youtube.com/@nine")]
        told += [(alice, "@another", "https://youtube.com/@nine")]
        rows = [SocialNetwork(user=who.user, network="youtube", external_id=id_, url=url) for who, id_, url in told]
        SocialNetwork.objects.bulk_create(rows)
        call_command("finish_upgrade")
        assert "2 are flagged." in capsys.readouterr().out
        flags = SocialNetwork.objects.order_by("pk").values_list("flags", flat=True)
        assert [*flags] == [["same_identity"], ["same_identity"], [], []]

    def test_what_a_process_of_the_version_before_changed_gets_the_keys_of_what_it_is_now(self, old, bob):
        fill(SocialNetwork.objects)
        row = SocialNetwork.objects.filter(user=bob.user).first()
        SocialNetwork.objects.filter(pk=row.pk).update(external_id="@other", url="https://youtube.com/@other")
        assert fill(SocialNetwork.objects) == 1
        assert SocialNetwork.objects.get(pk=row.pk).identity_keys == ["@other"]

    def test_an_id_that_leaves_open_what_it_is_may_be_another_record(self, alice, bob):
        alice.ok(APPROVAL, claim("linkedin", "mill", "linkedin.com/in/other"))
        bob.ok(APPROVAL, claim("linkedin", "12", "linkedin.com/company/mill"))
        SocialNetwork.objects.update(flags=[], flag_details={})
        assert flag_duplicates(SocialNetwork) == 2

    def test_what_a_proof_wrote_lacks_none(self, alice, sandbox, capsys):
        for network in ("facebook", "google", "instagram", "twitter", "tiktok", "linkedin", "pinterest"):
            alice.connected(network)
        for pk in SocialNetwork.objects.values_list("pk", flat=True):
            discovery.discover(pk)
        keys = list(SocialNetwork.objects.order_by("pk").values_list("identity_key", "other_identity_key"))
        assert Asset.objects.count() > 2
        assert (fill(SocialNetwork.objects), fill_assets(Asset.objects)) == (0, 0)
        SocialNetwork.objects.update(identity_key="", other_identity_key="")
        Asset.objects.filter(noun="page").update(identity_keys=["stale"])
        assert fill(SocialNetwork.objects) == 7
        assert fill_assets(Asset.objects) == Asset.objects.filter(noun="page").count() > 0
        again = SocialNetwork.objects.order_by("pk").values_list("identity_key", "other_identity_key")
        told_by_a_column = [
            before for before in keys if not before[1].startswith("@")
        ]  # a handle of YouTube is in none
        assert [after for after in again if after in told_by_a_column] == told_by_a_column

    def test_what_is_left_of_an_erased_one_stays(self, alice, staff):
        pk = alice.ok(APPROVAL, claim("youtube", "@tamsin", "youtube.com/c/tamsin"))["approval_id"]
        SocialNetwork.objects.get(pk=pk).suspend(by=staff, reason="fraud")
        alice.close_account()
        erase_all()
        keys = SocialNetwork.objects.get().identity_keys
        assert fill(SocialNetwork.objects) == 0
        assert SocialNetwork.objects.get().identity_keys == keys

    def test_with_two_of_them_a_creator_makes_no_third(self, alice, old):
        fill(SocialNetwork.objects)
        code = alice.post(APPROVAL, claim("youtube", "@tamSIN", "youtube.com/c/@tamSIN")).status_code
        assert code in (200, 409)
        assert SocialNetwork.objects.filter(user=alice.user).count() == 2


def kind(noun):
    from connect.moderation.kinds import kinds

    return kinds()[noun]


def sandbox_handle():
    return f"@{Account('youtube', 'maya').handle}"


@pytest.mark.django_db
def test_a_claim_with_a_suspended_id_and_a_strangers_url_harms_no_stranger(alice, bob, sign_up, staff):
    alice.ok(APPROVAL, claim("twitter", "guilty", "https://x.com/guilty"))
    SocialNetwork.objects.get().suspend(by=staff, reason="fraud")
    bob.ok(APPROVAL, claim("twitter", "guilty", "https://x.com/victim"))
    for name, status in (("victim", Status.PENDING), ("GUILTY", Status.SUSPENDED)):
        creator = sign_up(f"{name.lower()}@example.org")
        creator.ok(APPROVAL, claim("twitter", name, f"https://x.com/{name}"))
        assert SocialNetwork.objects.get(user=creator.user).status == status
    assert SocialNetwork.objects.get(user=bob.user).status == Status.SUSPENDED


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("network", "name", "guilty", "other"),
    [
        ("linkedin", "mill", "linkedin.com/in/mill", "linkedin.com/company/mill"),
        ("youtube", "tamsin", "youtube.com/user/tamsin", "youtube.com/c/tamsin"),
        ("twitter", "3344556677", "x.com/i/user/3344556677", "x.com/3344556677"),
    ],
)
def test_another_account_of_the_same_name_is_not_suspended(alice, bob, staff, network, name, guilty, other):
    alice.ok(APPROVAL, claim(network, name, guilty))
    SocialNetwork.objects.get().suspend(by=staff, reason="fraud")
    bob.ok(APPROVAL, claim(network, name, other))
    assert SocialNetwork.objects.get(user=bob.user).status == Status.PENDING


@pytest.mark.django_db
def test_finishing_an_upgrade_has_no_time_limit_for_its_statements_and_leaves_one(monkeypatch):
    limits = []

    def limit(*_):
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            limits.append(cursor.fetchone()[0])
        return 0

    monkeypatch.setattr(finish_upgrade, "flag_duplicates", limit)
    before = limit() or limits.pop()
    call_command("finish_upgrade")
    limit()
    assert {*limits[:-1]} == {"0"}
    assert limits[-1] == before != "0"
