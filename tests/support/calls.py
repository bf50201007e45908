"""Every call of the API in its usual form, and how many queries it may make. The benchmark measures these as well."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from allauth.socialaccount.models import SocialAccount

from connect.moderation.kinds import find
from social_auth.privacy.models import ErasureReceipt
from social_auth.sandbox.minting import minted
from social_auth.sandbox.tokens import Token, mint
from tests.support.api import PASSWORD, Creator, a_claim, posted
from tests.support.callbacks import meta, signed, tiktok
from tests.support.google import CLIENT, an_id_token, deliver, event, sign_in

Send = Callable[[], Any]
Prepare = Callable[[Any, int], Send]
"""Make ready what a creator's call number so-and-so needs, and return what sends it: only that is measured."""


@dataclass(frozen=True)
class Call:
    path: str
    queries: int
    prepare: Prepare


def lists(path: str) -> Prepare:
    return lambda creator, number: lambda: creator.post(path)


def erases(creator: Any, number: int) -> Send:
    """Each time somebody else: who is erased calls no more."""
    other = Creator(f"{number}-{creator.email}")
    return lambda: other.post("account/erase/", {"confirm": "erase", "password": PASSWORD})


def switches_mails_off(creator: Any, number: int) -> Send:
    return lambda: creator.post("account/notices/", {"ends": False})


def mails_a_code(creator: Any, number: int) -> Send:
    creator.verify_address()
    return lambda: creator.post("account/erase/code/")


def connects(name: str, network: str = "") -> Prepare:
    def prepare(creator: Any, number: int) -> Send:
        body = posted(mint(network or name, f"c{number}"))
        return lambda: creator.post(f"auth/{name}/", body)

    return prepare


def claims(noun: str, count: str = "followers") -> Prepare:
    def prepare(creator: Any, number: int) -> Send:
        body = a_submission(noun, number, count)
        return lambda: creator.post(f"add/social-{noun}/", body)

    return prepare


def ends(noun: str, count: str = "followers") -> Prepare:
    def prepare(creator: Any, number: int) -> Send:
        pk = added(noun, count)(creator, number)
        return lambda: creator.post(f"disconnect/social-{noun}/", {f"{noun}_id": pk})

    return prepare


def added(noun: str, count: str = "followers") -> Callable[[Any, int], int]:
    return lambda creator, number: creator.ok(f"add/social-{noun}/", a_submission(noun, number, count))[f"{noun}_id"]


def appeals(noun: str, submit: Callable[[Any, int], int]) -> Prepare:
    def prepare(creator: Any, number: int) -> Send:
        pk = submit(creator, number)
        cast(Any, find(f"{noun}:{pk}")).reject(by=None, reason="spam")
        path = "action/network/appeal/" if noun == "network" else f"action/social-{noun}/appeal/"
        return lambda: creator.post(path, {f"{noun}_id": pk, "text": "It is me"})

    return prepare


def about_a_claim(path: str, **more: Any) -> Prepare:
    def prepare(creator: Any, number: int) -> Send:
        pk = creator.claim(name=f"n{number}")
        return lambda: creator.post(path, {"network_id": pk, **more})

    return prepare


def about_a_connection(path: str, network: str) -> Prepare:
    def prepare(creator: Any, number: int) -> Send:
        pk = creator.connected(network, f"c{number}")
        return lambda: creator.post(path, {"network_id": pk})

    return prepare


def told_by(network: str, send: Callable[[Token], Any]) -> Prepare:
    """A provider calls us about an account that is connected."""

    def prepare(creator: Any, number: int) -> Send:
        token = mint(network, f"c{number}")
        assert creator.post(f"auth/{network}/", posted(token)).status_code == 200
        return lambda: send(token)

    return prepare


def told_by_google(creator: Any, number: int) -> Send:
    token = mint("youtube", f"c{number}")
    answer = creator.post("auth/google/", posted(token))
    assert answer.status_code == 200, answer.content
    subject = {
        "subject_type": "iss-sub",
        "iss": "https://accounts.google.com/",
        "sub": token.holder.uid(CLIENT),
    }
    notice = event("https://schemas.openid.net/secevent/oauth/event-type/tokens-revoked", subject)
    return lambda: deliver(notice)


def signed_by_meta(network: str, what: str) -> Prepare:
    secret = f"{network}-client-secret"
    return told_by(network, lambda token: meta(network, what, signed(token.holder.uid(token.app), secret=secret)))


def a_submission(noun: str, number: int, count: str) -> dict[str, Any]:
    url = f"https://facebook.com/{noun}{number}"
    name = {"network": "facebook", f"{noun}_id": f"{noun}{number}", f"{noun}_name": "Maya", f"{noun}_url": url}
    return {**name, count: 500, "category": "food"}


def asks_for_a_receipt(creator: Any, number: int) -> Send:
    receipt = ErasureReceipt.objects.create(code=f"r{number}")
    return lambda: creator.post("account/erase/status/", {"receipt": receipt.code})


def signs_in(creator: Any, number: int) -> Send:
    id_token = an_id_token(f"s{number}")
    return lambda: sign_in(id_token)


def moves_a_sign_in(creator: Any, number: int) -> Send:
    """To who calls, from somebody who has a password as well."""
    holder = Creator(f"{number}-{creator.email}")
    holder.verify_address()
    holder.ok("auth/pinterest/", minted("pinterest", f"c{number}", kind="code"))
    body = {"network": "pinterest"} | a_code("pinterest", f"c{number}")
    return lambda: creator.post("account/sign-in/move/", body)


def takes_a_sign_in_away(creator: Any, number: int) -> Send:
    creator.ok("auth/pinterest/", minted("pinterest", f"c{number}", kind="code"))
    uid = SocialAccount.objects.filter(user=creator.user).latest("pk").uid
    body, headers = {"provider": "pinterest", "account": uid}, {"Authorization": f"Bearer {creator.bearer}"}
    path = "/_allauth/app/v1/account/providers"
    return lambda: creator.client.delete(path, body, content_type="application/json", headers=headers)


def a_code(network: str, account: str) -> dict[str, str]:
    """What the app has after a sign-in at the provider: a code, and what goes with it."""
    code = minted(network, account, kind="code")
    return {name: code[name] for name in ("code", "code_verifier", "redirect_uri") if name in code}


CALLS = (
    Call("get/networks/", 1, lists("get/networks/")),
    Call("get/events/", 3, lists("get/events/")),
    Call("get/network-types/", 0, lists("get/network-types/")),
    Call("get/social-pages/", 1, lists("get/social-pages/")),
    Call("get/social-walls/", 1, lists("get/social-walls/")),
    Call("get/social-channels/", 1, lists("get/social-channels/")),
    Call("network/status/", 2, about_a_claim("network/status/")),
    Call("get/network-history/", 3, about_a_claim("get/network-history/")),
    Call("get/network-assets/", 4, about_a_connection("get/network-assets/", "facebook")),
    Call("action/network/approval/", 4,
         lambda creator, number: lambda: creator.post("action/network/approval/", a_claim(name=f"n{number}"))),
    Call("action/network-extra/update/", 3, about_a_claim("action/network-extra/update/", extra_data={"bio": "Hi"})),
    Call("network/refresh/", 4, about_a_connection("network/refresh/", "tiktok")),
    Call("network/disconnect/", 6, about_a_connection("network/disconnect/", "tiktok")),
    Call("add/social-page/", 5, claims("page")),
    Call("add/social-wall/", 5, claims("wall")),
    Call("add/social-channel/", 5, claims("channel", "subscribers")),
    Call("action/network/appeal/", 4, appeals("network", lambda creator, n: creator.claim(name=f"n{n}"))),
    Call("action/social-page/appeal/", 4, appeals("page", added("page"))),
    Call("action/social-wall/appeal/", 4, appeals("wall", added("wall"))),
    Call("action/social-channel/appeal/", 4, appeals("channel", added("channel", "subscribers"))),
    Call("disconnect/social-page/", 4, ends("page")),
    Call("disconnect/social-wall/", 4, ends("wall")),
    Call("disconnect/social-channel/", 4, ends("channel", "subscribers")),
    Call("auth/facebook/", 14, connects("facebook")),
    Call("auth/google/", 17, connects("google", "youtube")),
    Call("auth/youtube/", 17, connects("youtube")),
    Call("auth/instagram/", 15, connects("instagram")),
    Call("auth/twitter/", 11, connects("twitter")),
    Call("auth/tiktok/", 11, connects("tiktok")),
    Call("auth/linkedin/", 15, connects("linkedin")),
    Call("auth/pinterest/", 10, connects("pinterest")),  # no reading, which Pinterest lets nobody keep
    Call("connect/link/", 3, about_a_claim("connect/link/")),
    Call("callbacks/facebook/deauthorize/", 10, signed_by_meta("facebook", "deauthorize")),
    Call("callbacks/facebook/data-deletion/", 25, signed_by_meta("facebook", "data-deletion")),
    Call("callbacks/instagram/deauthorize/", 7, signed_by_meta("instagram", "deauthorize")),
    Call("callbacks/instagram/data-deletion/", 22, signed_by_meta("instagram", "data-deletion")),
    Call("callbacks/tiktok/", 7, told_by("tiktok", lambda token: tiktok(token.holder.uid(token.app)))),
    Call("callbacks/google/", 12, told_by_google),
    Call("account/export/", 27, lists("account/export/")),
    Call("account/notices/", 3, switches_mails_off),
    Call("account/erase/", 22, erases),
    Call("account/erase/code/", 6, mails_a_code),
    Call("account/erase/status/", 4, asks_for_a_receipt),
    Call("account/sign-in/move/", 23, moves_a_sign_in),
    Call("(sign-in with an id_token)", 22, signs_in),
    Call("(taking a sign-in away)", 18, takes_a_sign_in_away),
)  # fmt: skip
