"""Pinterest v5: one profile call; nothing introspects a token, and users' tokens cannot be revoked by API."""

from datetime import timedelta
from typing import Any

from allauth.socialaccount.providers.pinterest.views import PinterestOAuth2Adapter
from django.utils.text import slugify

from connect.network_table import Network
from social_auth.providers.oauth import OAuthAdapter
from social_auth.providers.pinterest.rules import RULES
from social_auth.providers.pinterest.rules_retention import KEEPS
from social_auth.providers.records import Profile, Proof, Renewal, Tokens
from social_auth.providers.rules import Facts
from social_auth.providers.values import as_count, as_object, as_text, as_uid, known_only, require_user
from social_auth.wire import http
from social_auth.wire.outcomes import Unavailable

API = "https://api.pinterest.com/v5"
MOST_LISTS = 50


class Pinterest(OAuthAdapter):
    network = Network.PINTEREST
    provider_id = "pinterest"
    label = "Pinterest"
    proves_app = False
    revokes = False
    required_scopes = ("user_accounts:read",)
    account_types = ("pinner", "business")
    obtains = (
        "name",
        "followers",
        "following_count",
        "posts_count",
        "boards_count",
        "account_type",
        "avatar_url",
    )
    asset_noun = "wall"
    asset_scopes = ("boards:read",)
    authorize_url = PinterestOAuth2Adapter.authorize_url
    scope_separator = ","
    optional_scopes = {"boards": ("boards:read",)}
    console = "My apps > Configure > Redirect URIs"
    token_life = timedelta(days=30)
    renewal = Renewal.ROTATING
    grant_life = timedelta(days=60)
    grant_renews = True
    renew_ahead = timedelta(days=7)
    token_url = f"{API}/oauth/token"
    basic = True
    extra_grant = {"continuous_refresh": "true"}
    # Its own numbers mean different things in different calls (2 is also "not found"): the HTTP status decides.
    rules = RULES
    keeps = KEEPS

    def prove(self, tokens: Tokens, user_id: str = "") -> Proof:
        profile = self.profile(self.account(tokens.access_token))
        require_user(user_id, profile.uid)
        return Proof.of(self, tokens, profile)

    def profile_of(self, access_token: str) -> Profile:
        return self.profile(self.account(access_token))

    def account(self, access_token: str) -> dict[str, Any]:
        return as_object(self.call("GET", f"{API}/user_account", bearer=access_token))

    def profile(self, account: dict[str, Any]) -> Profile:
        uid = as_uid(account.get("id"))
        username = as_text(account.get("username"), 64).lower()
        name = as_text(account.get("business_name")) or username
        return Profile(
            uid=uid,
            external_id=username or uid,
            name=name,
            url=f"{self.home}/{username}" if username else self.home,
            followers=as_count(account.get("follower_count")),
            extra=known_only(
                display_name=name,
                account_type=as_text(account.get("account_type")),
                avatar_url=as_text(account.get("profile_image"), 2000),
                following_count=as_count(account.get("following_count")),
                posts_count=as_count(account.get("pin_count")),
                boards_count=as_count(account.get("board_count")),
            ),
            aliases=frozenset({uid}),
        )

    def assets(self, access_token: str) -> list[Profile]:
        """List the account's own boards; group boards of others and secret ones are left out."""
        owner = as_text(self.account(access_token).get("username"), 64).lower()
        params, boards = {"page_size": "250"}, []
        for _ in range(MOST_LISTS):
            body = as_object(self.call("GET", f"{API}/boards", params=params, bearer=access_token))
            if not isinstance(body.get("items"), list):
                raise Unavailable("no list of boards")
            boards += [self.board(item, owner) for item in map(as_object, body["items"]) if _is_own(item, owner)]
            if not body.get("bookmark"):
                return boards
            params = params | {"bookmark": as_text(body["bookmark"], 2000)}
        raise Unavailable("a list of boards without an end")

    def board(self, board: dict[str, Any], owner: str) -> Profile:
        uid, slug = as_uid(board.get("id")), slugify(as_text(board.get("name")))
        return Profile(
            uid=uid,
            external_id=uid,
            name=as_text(board.get("name")),
            url=f"{self.home}/{owner}/{slug}" if slug else self.home,
            followers=as_count(board.get("follower_count")),
            extra=known_only(posts_count=as_count(board.get("pin_count"))),
        )

    def ping(self) -> str:
        answer = http.call("GET", f"{API}/user_account", bearer="none")
        if answer.status != 401:
            raise self.classify(Facts(answer.status), answer)
        return "refused a token that is none"

    def facts(self, answer: http.Answer) -> Facts | None:
        if answer.status == 200:
            return None
        body = answer.body if isinstance(answer.body, dict) else {}
        code = as_text(body.get("error")) or str(body.get("code", ""))
        return Facts(answer.status, code, text=as_text(body.get("message")))


def _is_own(board: dict[str, Any], owner: str) -> bool:
    named = board.get("owner")
    username = as_text(named.get("username"), 64).lower() if isinstance(named, dict) else ""
    return username == owner and board.get("privacy") != "SECRET"


ADAPTER = Pinterest()
