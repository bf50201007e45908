"""Pinterest v5: one profile call; nothing introspects a token, and users' tokens cannot be revoked by API."""

from datetime import timedelta
from typing import Any

from connect.network_table import Network
from social_auth import http
from social_auth.outcomes import Gone, MissingScope, OurFault, RateLimited, TokenDead
from social_auth.providers.oauth import OAuthAdapter
from social_auth.providers.records import Profile, Proof, Renewal, Tokens
from social_auth.providers.rules import Facts, Rule
from social_auth.providers.values import as_count, as_object, as_text, as_uid, kept, require_user

API = "https://api.pinterest.com/v5"


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
        "bio",
    )
    token_life = timedelta(days=30)
    renewal = Renewal.ROTATING
    renew_ahead = timedelta(days=7)
    token_url = f"{API}/oauth/token"
    basic = True
    extra_grant = {"continuous_refresh": "true"}
    # Its own numbers mean different things in different calls (2 is also "not found"): the HTTP status decides.
    rules = (
        Rule(TokenDead, "refresh token or code spent", code="invalid_grant"),
        Rule(OurFault, "our client is refused", code="invalid_client|unauthorized_client"),
        Rule(RateLimited, "rate limit", status=429),
        Rule(TokenDead, "authentication failed", status=401),
        Rule(MissingScope, "not permitted", status=403),
        Rule(Gone, "not found", status=404),
        Rule(OurFault, "our request is wrong", status=400),
    )

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
            extra=kept(
                display_name=name,
                account_type=as_text(account.get("account_type")),
                avatar_url=as_text(account.get("profile_image"), 2000),
                following_count=as_count(account.get("following_count")),
                posts_count=as_count(account.get("pin_count")),
                boards_count=as_count(account.get("board_count")),
            ),
            aliases=frozenset({uid}),
            bio=as_text(account.get("about"), 2000),
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
