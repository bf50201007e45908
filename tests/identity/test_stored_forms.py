"""Profile URLs of the seven networks: real forms become one, hostile ones are refused."""

import re
from collections import defaultdict
from urllib.parse import unquote

import pytest

from config.environment import BASE_DIR
from connect.identity.stored_forms import NotCanonical, canonical_id, canonical_url
from connect.network_table import URLS
from tests.support.api import a_claim
from tests.support.profile_urls import NAMELESS, NOBODY, SHORT, SPELT

SAME = [
    ("instagram", "https://instagram.com/user123", "https://instagram.com/user123"),
    ("instagram", "http://www.instagram.com/User123/?igsh=abc#top", "https://instagram.com/user123"),
    ("instagram", "instagram.com/user123/", "https://instagram.com/user123"),
    ("instagram", "https://instagr.am/user.name_1", "https://instagram.com/user.name_1"),
    ("facebook", "https://facebook.com/page456", "https://facebook.com/page456"),
    ("facebook", "https://m.facebook.com/Fashion.Blog?ref=x", "https://facebook.com/fashion.blog"),
    ("facebook", "https://www.facebook.com/profile.php?id=100012345&sk=about", "https://facebook.com/100012345"),
    ("facebook", "https://www.facebook.com/people/Maya-Doe/100012345/", "https://facebook.com/100012345"),
    ("facebook", "https://de-de.facebook.com/pg/fashion", "https://facebook.com/fashion"),
    ("facebook", "fb.com/fashion", "https://facebook.com/fashion"),
    ("twitter", "https://twitter.com/XDevelopers?s=20", "https://x.com/xdevelopers"),
    ("twitter", "https://mobile.twitter.com/xdevelopers", "https://x.com/xdevelopers"),
    ("twitter", "https://x.com/i/user/2244994945", "https://x.com/i/user/2244994945"),
    ("youtube", "https://youtube.com/channel456", "https://youtube.com/channel456"),
    ("youtube", "https://m.youtube.com/channel/UCmaya------------------?sub=1", "https://youtube.com/channel/UCmaya------------------"),
    ("youtube", "https://www.youtube.com/@Maya.Films", "https://youtube.com/@Maya.Films"),
    ("youtube", "https://www.youtube.com/@%D0%BC%D0%B0%D0%B9%D1%8F", "https://youtube.com/@%D0%BC%D0%B0%D0%B9%D1%8F"),
    ("youtube", "https://www.youtube.com/c/Maya", "https://youtube.com/c/Maya"),
    ("tiktok", "https://www.tiktok.com/@Maya?lang=en", "https://tiktok.com/@maya"),
    ("tiktok", "tiktok.com/maya", "https://tiktok.com/@maya"),
    ("linkedin", "https://fr.linkedin.com/in/maya-doe/", "https://linkedin.com/in/maya-doe"),
    ("linkedin", "https://www.linkedin.com/company/12345", "https://linkedin.com/company/12345"),
    ("pinterest", "https://de.pinterest.com/maya/summer-looks/", "https://pinterest.com/maya/summer-looks"),
    ("pinterest", "https://www.pinterest.co.uk/maya", "https://pinterest.com/maya"),
]  # fmt: skip

HOSTILE = [
    "", " ", "https://", "//", "https:///user", "not a url", "user123", "javascript:alert(1)", "ftp://facebook.com/x",
    "data:text/html,facebook.com/x", "file:///etc/passwd", "https://evil.example/facebook.com/x",
    "https://facebook.com.evil.example/x", "https://evilfacebook.com/x", "https://facebook.com@evil.example/x",
    "https://user:pw@facebook.com/x", "https://user@facebook.com/x", "https://facebook.com:8080/x",
    "https://facebook.com:443/x", "https://facebook.com:/x", "https://fаcebook.com/x", "https://ｆacebook.com/x",
    "https://facebook。com/x", "https://faceboo\u212a.com/x", "https://xn--fcebook-2fg.com/x",
    "https://facebook.com\\@evil.example/x",
    "https:\\\\facebook.com\\x", "https://facebook.com/\tx", "https://facebook.com/x\n", "https://face\nbook.com/x",
    "https://facebook.com/x\x00", "https://facebook.com/%00", "https://facebook.com/x%0d%0aSet-Cookie:a",
    "https://facebook.com/a%20b",
    "https://facebook.com/\u202egro.live", "https://facebook.com/%E2%80%AEx", "https://facebook.com/%ff",
    "https://facebook.com/../x",
    "https://facebook.com/..", "https://facebook.com/.", "https://facebook.com/./", "https://facebook.com//",
    "https://facebook.com",
    "https://facebook.com/", "https://facebook.com/?id=1", "https://facebook.com/#x", "https://facebook.com/<script>",
    "https://facebook.com/a/b/c", "https://facebook.com/" + "a" * 2048, "https://facebook.com/profile.php",
    "https://facebook.com/watch",
    "https://facebook.com/profile.php?id=x", "https://facebook.com/sharer.php?u=x",
    "https://facebook.com/marketplace", "https://facebook.com/login",
    "https://169.254.169.254/x", "http://127.0.0.1/x", "http://[::1]/x", "https://2130706433/x",
    "https://facebook.com./x",
    "https://.facebook.com/x", "https://a.b.facebook.com/x", "https://facebook.com%2eevil.example/x",
    "https://facebook.com%00.evil.example/x",
    "https://facebook.com?@evil.example/x", "https://facebook.com#@evil.example/x", "https://https://facebook.com/x",
    "//facebook.com/x:y",
    "https://instagram.com/x", "https://facebook.com/x y", "https://facebook.com/пage",
    "https://lookaside.facebook.com/x", "https://graph.facebook.com/x",
]  # fmt: skip


@pytest.mark.parametrize(("network", "given", "kept"), SAME)
def test_real_forms_become_one(network, given, kept):
    assert canonical_url(network, given) == kept
    assert canonical_url(network, kept) == kept


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_ones_are_refused(text):
    with pytest.raises(NotCanonical):
        canonical_url("facebook", text)


@pytest.mark.parametrize(("network", "url"), [*NAMELESS, ("instagram", "https://instagram.com/usеr")])
def test_what_is_no_profile(network, url):
    with pytest.raises(NotCanonical):
        canonical_url(network, url)


@pytest.mark.django_db
def test_a_code_of_facebooks_own_short_links_is_nobodys_name(alice):
    claim = a_claim("facebook") | {"network_url": "https://fb.me/1AbCdEf2G"}
    assert alice.refused("action/network/approval/", claim)[1]["hint"].startswith("A short link hides whose it is")


@pytest.mark.django_db
@pytest.mark.parametrize("letter", ["ı", "İ", "ſ"])
def test_letters_that_only_look_like_latin_ones_to_a_pattern_are_none(alice, letter):
    for network, url in (
        ("twitter", f"https://x.com/{letter}da_lund"),
        ("twitter", f"https://x.com/intent/user?screen_name={letter}da_lund"),
        ("instagram", f"https://instagram.com/o{letter}ga.fern"),
        ("facebook", f"https://facebook.com/t{letter}lda.moor"),
        ("tiktok", f"https://tiktok.com/@ro{letter}a.w_1"),
        ("pinterest", f"https://pinterest.com/moor{letter}"),
        ("linkedin", f"https://linkedin.com/{letter}n/ravi-t"),
        ("youtube", f"https://youtube.com/u{letter}er/oldname"),
    ):
        claim = a_claim(network) | {"network_url": url}
        status, body = alice.refused("action/network/approval/", claim)
        assert (status, body["message"]) == (400, "Invalid network URL format"), url


def test_the_kelvin_sign_is_a_k_and_youtube_and_linkedin_have_names_of_any_letters():
    assert canonical_url("twitter", "https://x.com/\u212aate") == "https://x.com/kate"  # Unicode's own normal form
    for network, url in (("youtube", "https://youtube.com/@ışık"), ("linkedin", "https://linkedin.com/in/ışık")):
        assert unquote(canonical_url(network, url)) == url
    for url in ("https://youtube.com/\u017fhorts", "https://youtube.com/\u017fettings"):
        with pytest.raises(NotCanonical):
            canonical_url("youtube", url)
    with pytest.raises(NotCanonical):
        canonical_url("youtube", "https://youtube.com/subscription_center?add_user=old%C2%A0name")


@pytest.mark.parametrize(("network", "account", "url"), SPELT)
def test_what_people_copy_is_taken(network, account, url):
    kept = canonical_url(network, url)
    assert canonical_url(network, kept) == kept


def test_two_accounts_never_become_one_url():
    accounts = defaultdict(set)
    for network, account, url in SPELT:
        accounts[canonical_url(network, url)].add((network, account))
    assert [told for told in accounts.values() if len(told) > 1] == []


@pytest.mark.parametrize("network", URLS)
def test_the_networks_own_pages_are_nobody_in_any_case(network):
    for word in URLS[network].reserved:
        for spelt in (word, word.upper(), f"{word}/"):
            with pytest.raises(NotCanonical):
                canonical_url(network, f"https://{URLS[network].home}/{spelt}")


@pytest.mark.parametrize("network", URLS)
def test_every_shape_is_in_the_docs_and_the_example_is_good(network):
    page = (BASE_DIR / "docs" / "profile-urls.md").read_text()
    assert [told for told, _ in URLS[network].shapes if f"`{told}`" not in page] == []
    assert canonical_url(network, URLS[network].example) == URLS[network].example


@pytest.mark.django_db
@pytest.mark.parametrize("network", URLS)
def test_who_sends_one_that_names_nobody_is_told_why_and_of_a_good_one(alice, network):
    home = f"https://{URLS[network].home}"
    page = NOBODY[network].split()[0]
    for url, why in (
        (f"{home}/{page}", "names no account|page of the network itself"),
        (f"{home}.example/maya", "not on a host of that network"),
        (SHORT[network], "^A short link hides whose it is"),
        ("maya", "not on a host of that network"),
        (f"{home}:8080/maya", "a port"),
    ):
        claim = a_claim(network) | {"network_url": url}
        status, body = alice.refused("action/network/approval/", claim)
        assert (status, body["message"], body["field"]) == (400, "Invalid network URL format", "network_url")
        assert re.search(why, body["hint"])
        assert body["example"] == URLS[network].example
    alice.ok("action/network/approval/", claim | {"network_url": body["example"]})


@pytest.mark.django_db
def test_a_good_url_is_shown_also_where_the_id_is_wrong_too(alice):
    claim = {"network_type": "youtube", "network_id": "a b", "network_url": "https://youtu.be/dQw"}
    _, body = alice.refused("action/network/approval/", claim)
    assert [wrong["field"] for wrong in body["errors"]] == ["network_id", "network_url"]
    assert body["example"] == URLS["youtube"].example
    assert "example" not in alice.refused("action/network/approval/", claim | {"network_url": "youtube.com/@a"})[1]


def test_there_are_enough_hostile_ones():
    assert len(set(HOSTILE)) >= 60


def test_ids():
    assert canonical_id("instagram", " @Maya ") == "maya"
    assert canonical_id("youtube", "UCAbc") == "UCAbc"
    assert canonical_id("youtube", "@Maya") == canonical_id("youtube", "＠@Maya") == "@Maya"
    assert canonical_id("instagram", "＠@maya") == "maya"
    for text in ("", "@", "@@", " ", "a b", "a/b", "a\x00b", "a\u202eb", "x" * 192, "a?b"):
        with pytest.raises(NotCanonical):
            canonical_id("instagram", text)
