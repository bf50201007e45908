"""X: a token opens `users/me` whichever app it is of; accounts are read 100 at a time, paid by the user returned."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from allauth.socialaccount.providers.twitter_oauth2.views import TwitterOAuth2Adapter
from django.conf import settings

from connect.network_table import Network
from social_auth.providers.oauth import OAuthAdapter
from social_auth.providers.records import Profile, Proof, Renewal, Subject, Tokens
from social_auth.providers.rules import About, Facts
from social_auth.providers.twitter.rules import RULES
from social_auth.providers.twitter.rules_retention import KEEPS
from social_auth.providers.values import as_count, as_day, as_flag, as_object, as_text, as_uid, known_only, require_user
from social_auth.wire import http
from social_auth.wire.outcomes import (
    Outcome,
    Unavailable,
)
from social_auth.wire.secret import Secret

API = "https://api.x.com/2"
FIELDS = (
    "id,name,username,created_at,profile_image_url,protected,public_metrics,url,verified,verified_type,description,"
    "is_identity_verified,verified_followers_count,parody"
)
"""The last three cost nothing, and tell staff more about an account than the badge, which can be bought."""


class Twitter(OAuthAdapter):
    network = Network.TWITTER
    provider_id = "twitter"
    label = "Twitter"
    proves_app = False
    batch_size = 100
    needs_token = False
    revokes_grant = False
    required_scopes = ("users.read", "tweet.read")
    account_types = ("any",)
    obtains = (
        "name",
        "followers",
        "verified_followers_count",
        "following_count",
        "posts_count",
        "verified_badge",
        "verified_type",
        "identity_verified",
        "parody",
        "account_created",
        "avatar_url",
        "bio",
    )
    token_life = timedelta(hours=2)
    renewal = Renewal.ROTATING
    renew_ahead = timedelta(minutes=30)
    pkce = True
    authorize_url = TwitterOAuth2Adapter.authorize_url
    always_scopes = ("offline.access",)  # else the token ends after two hours
    console = "Settings > User authentication settings > Callback URI / Redirect URL"
    token_url = f"{API}/oauth2/token"
    basic = True
    rules = RULES
    keeps = KEEPS

    prove_cost = identify_cost = ping_cost = 1

    def prove(self, tokens: Tokens, user_id: str = "") -> Proof:
        params = {"user.fields": FIELDS}
        body = as_object(self.call("GET", f"{API}/users/me", params=params, bearer=tokens.access_token))
        errors = body.get("errors")
        if "data" not in body and isinstance(errors, list) and errors and isinstance(errors[0], dict):
            raise self.missing(errors[0])  # suspended or deleted: listed, not refused
        profile = self.profile(body.get("data"))
        require_user(user_id, profile.uid)
        return Proof.of(self, tokens, profile)

    def read_many(self, subjects: Sequence[Subject]) -> dict[int, Profile | Outcome]:
        """Read up to 100 accounts with our own token; X lists the accounts it does not return as errors."""
        params = {"ids": ",".join(subject.uid for subject in subjects), "user.fields": FIELDS}
        body = as_object(self.users(params))
        data, errors = body.get("data"), body.get("errors")
        profiles = {profile.uid: profile for profile in map(self.profile, data if isinstance(data, list) else [])}
        missing = {
            as_text(error.get("resource_id") or error.get("value")): self.missing(error)
            for error in (errors if isinstance(errors, list) else [])
            if isinstance(error, dict)
        }
        unlisted = Unavailable("neither found nor missing")
        return {subject.pk: profiles.get(subject.uid) or missing.get(subject.uid, unlisted) for subject in subjects}

    def cost(self, accounts: int) -> tuple[int, int]:
        """One call, and a cent for every account that it returns."""
        return 1, accounts

    def charged(self, results: Sequence[Profile | Outcome]) -> int:
        return sum(isinstance(result, Profile) for result in results)

    def users(self, params: dict[str, str]) -> Any:
        return self.call_with_our_keys("GET", f"{API}/users", params=params, bearer=settings.TWITTER_BEARER_TOKEN)

    def missing(self, error: dict[str, Any]) -> Outcome:
        return self.judge(Facts(200, kind=_kind(error), text=as_text(error.get("detail"))))

    def profile(self, data: Any) -> Profile:
        data = as_object(data)
        uid = as_uid(data.get("id"))
        username = as_text(data.get("username"), 64)
        metrics = data.get("public_metrics") if isinstance(data.get("public_metrics"), dict) else {}
        return Profile(
            uid=uid,
            external_id=username.lower() or uid,
            name=as_text(data.get("name")),
            url=f"{self.home}/{username.lower()}" if username else f"{self.home}/i/user/{uid}",
            followers=as_count(metrics.get("followers_count")),
            extra=known_only(
                display_name=as_text(data.get("name")),
                verified_badge=as_flag(data.get("verified")),
                verified_type=as_text(data.get("verified_type")),
                identity_verified=as_flag(data.get("is_identity_verified")),
                verified_followers_count=as_count(data.get("verified_followers_count")),
                parody=as_flag(data.get("parody")),
                avatar_url=as_text(data.get("profile_image_url"), 2000).replace("_normal.", "."),
                following_count=as_count(metrics.get("following_count")),
                posts_count=as_count(metrics.get("post_count", metrics.get("tweet_count"))),
                account_created=as_day(data.get("created_at")),
            ),
            aliases=frozenset({f"{self.home}/i/user/{uid}"}),
            bio=as_text(data.get("description"), 2000),
        )

    def revoke(self, secret: Secret, uid: str) -> str:
        form, basic = {"token": secret.refresh_token or secret.access_token}, (self.client_id, self.client_secret)
        self.call("POST", f"{API}/oauth2/revoke", form=form, basic=basic, about=About.GRANT)
        return "revoked"

    def ping(self) -> str:
        self.users({"ids": "2244994945"})
        return "answered our bearer token"

    def facts(self, answer: http.Answer) -> Facts | None:
        """Read a problem document or the older list of coded errors. Errors beside data do not fail the call."""
        body = answer.body if isinstance(answer.body, dict) else {}
        errors = body.get("errors")
        if answer.status == 200 and ("data" in body or _all_about_resources(errors) or answer.body is None):
            return None
        if answer.status == 200 and errors is None and "type" not in body and "error" not in body:
            return None
        if isinstance(body.get("error"), str):
            return Facts(answer.status, as_text(body["error"]), text=as_text(body.get("error_description")))
        first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else body
        code = first.get("code")
        return Facts(answer.status, "" if code is None else str(code), kind=_kind(body) or _kind(first))


def _kind(problem: dict[str, Any]) -> str:
    """The problem's reason if it has one, else the last part of its type, whose host varies."""
    return as_text(problem.get("reason")) or as_text(problem.get("type")).rstrip("/").rpartition("/")[2]


def _all_about_resources(errors: Any) -> bool:
    return isinstance(errors, list) and all(isinstance(error, dict) and "resource_id" in error for error in errors)


ADAPTER = Twitter()
