"""TikTok Login Kit: success is the code "ok" inside the body; ids are per app; nothing introspects a token."""

from datetime import timedelta
from typing import Any

from allauth.socialaccount.providers.tiktok.views import TikTokOAuth2Adapter

from connect.network_table import Network
from social_auth.providers.challenges import Challenge
from social_auth.providers.oauth import OAuthAdapter
from social_auth.providers.posts import Post
from social_auth.providers.records import Profile, Proof, Renewal, Subject, Tokens
from social_auth.providers.rules import Facts
from social_auth.providers.tiktok.rules import RULES
from social_auth.providers.tiktok.rules_retention import KEEPS
from social_auth.providers.values import (
    as_count,
    as_list,
    as_object,
    as_text,
    as_time,
    as_uid,
    known_only,
    require_user,
)
from social_auth.wire import http
from social_auth.wire.outcomes import MissingScope
from social_auth.wire.secret import Secret

API = "https://open.tiktokapis.com/v2"
FIELDS = (
    "open_id,union_id,avatar_url,display_name,bio_description,profile_deep_link,is_verified,username,"
    "follower_count,following_count,likes_count,video_count"
)


class TikTok(OAuthAdapter):
    network = Network.TIKTOK
    provider_id = "tiktok"
    label = "TikTok"
    proves_app = False
    required_scopes = ("user.info.basic", "user.info.profile", "user.info.stats")
    account_types = ("any",)
    obtains = (
        "name",
        "followers",
        "following_count",
        "likes_count",
        "videos_count",
        "verified_badge",
        "avatar_url",
        "bio",
    )
    token_life = timedelta(days=1)
    renewal = Renewal.ROTATING
    grant_life = timedelta(days=365)
    grant_end_name = "refresh_expires_in"
    renew_ahead = timedelta(hours=6)
    pkce = True
    authorize_url = TikTokOAuth2Adapter.authorize_url
    scope_separator = TikTokOAuth2Adapter.scope_delimiter
    challenge = Challenge.HEX
    optional_scopes = {"posts": ("video.list",)}
    console = "Manage apps > Products > Login Kit > Redirect URI (Web)"
    posts_cost = 1
    posts_scopes = ("video.list",)
    token_url = f"{API}/oauth/token/"
    client_name = "client_key"
    rules = RULES
    keeps = KEEPS

    def prove(self, tokens: Tokens, user_id: str = "") -> Proof:
        user = self.user(tokens.access_token)
        if "username" not in user or "follower_count" not in user:  # fields beyond the scopes may just be left out
            raise MissingScope
        profile = self.profile(user)
        require_user(user_id, profile.uid)
        return Proof.of(self, tokens, profile)

    def profile_of(self, access_token: str) -> Profile:
        return self.profile(self.user(access_token))

    def user(self, access_token: str) -> dict[str, Any]:
        body = self.call("GET", f"{API}/user/info/", params={"fields": FIELDS}, bearer=access_token)
        return as_object(body, "data", "user")

    def recent_posts(self, subject: Subject) -> list[Post]:
        params = {"fields": "id,create_time,like_count,comment_count,share_count"}
        newest, url = {"max_count": 20}, f"{API}/video/list/"
        body = self.call("POST", url, params=params, json=newest, bearer=subject.access_token)
        return [
            Post(
                as_time(video.get("create_time")),
                as_count(video.get("like_count")),
                as_count(video.get("comment_count")),
                as_count(video.get("share_count")),
            )
            for video in as_list(body, "data", "videos")
        ]

    def profile(self, user: dict[str, Any]) -> Profile:
        uid = as_uid(user.get("open_id"))
        username = as_text(user.get("username"), 64).lower()
        deep_link = as_text(user.get("profile_deep_link"), 2048)
        return Profile(
            uid=uid,
            external_id=username or uid,
            name=as_text(user.get("display_name")),
            url=f"{self.home}/@{username}" if username else deep_link or self.home,
            followers=as_count(user.get("follower_count")),
            extra=known_only(
                display_name=as_text(user.get("display_name")),
                verified_badge=user.get("is_verified") if isinstance(user.get("is_verified"), bool) else None,
                avatar_url=as_text(user.get("avatar_url"), 2000),
                following_count=as_count(user.get("following_count")),
                likes_count=as_count(user.get("likes_count")),
                videos_count=as_count(user.get("video_count")),
            ),
            aliases=frozenset({uid}),
            bio=as_text(user.get("bio_description"), 2000),
        )

    def revoke(self, secret: Secret, uid: str) -> str:
        form = {"client_key": self.client_id, "client_secret": self.client_secret, "token": secret.access_token}
        self.call("POST", f"{API}/oauth/revoke/", form=form)
        return "revoked"

    def ping(self) -> str:
        form = {
            "client_key": self.client_id,
            "client_secret": self.client_secret,
            "grant_type": "client_credentials",
        }
        self.call("POST", f"{API}/oauth/token/", form=form)
        return "gave a client token"

    def facts(self, answer: http.Answer) -> Facts | None:
        """The API nests its code, and OAuth answers flat, perhaps with HTTP 200: the body decides, then the status."""
        body = answer.body if isinstance(answer.body, dict) else {}
        error = body.get("error")
        if isinstance(error, dict):
            code = as_text(error.get("code"))
            return None if code == "ok" else Facts(answer.status, code, text=as_text(error.get("message")))
        if isinstance(error, str) and error:
            return Facts(answer.status, error, text=as_text(body.get("error_description")))
        return Facts(answer.status) if answer.status != 200 else None


ADAPTER = TikTok()
