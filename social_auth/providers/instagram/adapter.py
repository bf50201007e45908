"""Instagram Login: nothing introspects a token, but exchanging it needs our secret, and that proves the app."""

import dataclasses
from datetime import timedelta
from typing import Any

from django.conf import settings

from connect.moderation.workflow import Level
from connect.network_table import Network
from social_auth.providers.base import Adapter
from social_auth.providers.meta import GRAPH_RULES, error_facts, graph_facts
from social_auth.providers.meta_retention import KEEPS
from social_auth.providers.posts import Post
from social_auth.providers.records import Posted, Profile, Proof, Renewal, Subject, Tokens
from social_auth.providers.rules import About, Facts
from social_auth.providers.values import (
    as_count,
    as_list,
    as_moment,
    as_object,
    as_text,
    as_uid,
    end_after,
    known_only,
    require_user,
    scope_names,
)
from social_auth.wire import http
from social_auth.wire.outcomes import NotConnectable, Outcome, TokenDead, Unavailable, Unclear, Unproven, WrongApp
from social_auth.wire.secret import Secret

GRAPH = "https://graph.instagram.com"
CODE_EXCHANGE = "https://api.instagram.com/oauth/access_token"
MAX_TOKEN = 4096
FIELDS = (
    "id,user_id,username,name,account_type,profile_picture_url,followers_count,follows_count,media_count,"
    "biography,website"
)
PROFESSIONAL = ("business", "media_creator", "creator")


class Instagram(Adapter):
    network = Network.INSTAGRAM
    provider_id = "instagram"
    label = "Instagram"
    proves_app = True
    revokes = False
    required_scopes = ("instagram_business_basic",)
    account_types = ("business", "creator")
    obtains = ("name", "followers", "following_count", "posts_count", "account_type", "avatar_url", "bio")
    token_life = timedelta(hours=1)
    renewal = Renewal.EXTEND
    renew_ahead = timedelta(days=14)
    renew_min_age = timedelta(hours=24)
    posts_cost = 1
    authorize_url = "https://www.instagram.com/oauth/authorize"
    authorize_extra = {"enable_fb_login": "0"}
    scope_separator = ","
    console = "Instagram > API setup with Instagram login > Business login settings > OAuth redirect URIs"
    rules = GRAPH_RULES
    keeps = KEEPS

    def exchange(self, posted: Posted) -> Tokens:
        form = {
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "grant_type": "authorization_code",
            "redirect_uri": posted.redirect_uri,
            "code": posted.code.removesuffix("#_"),  # the browser leaves it there
        }
        form |= {"code_verifier": posted.code_verifier} if posted.code_verifier else {}
        body = as_object(self.call("POST", CODE_EXCHANGE, form=form, about=About.CODE))
        listed = body.get("data")
        return self.tokens(as_object(listed[0]) if isinstance(listed, list) and listed else body)

    def renew(self, secret: Secret) -> Tokens:
        params = {"grant_type": "ig_refresh_token", "access_token": secret.access_token}
        body = as_object(self.call("GET", f"{GRAPH}/refresh_access_token", params=params, about=About.GRANT))
        return dataclasses.replace(self.tokens(body), exchanged=False)  # that call needs no secret: it proves nothing

    def tokens(self, body: dict[str, Any]) -> Tokens:
        token = as_text(body.get("access_token"), MAX_TOKEN)
        if not token:
            raise Unavailable("a token answer without a token", maybe_done=True)
        scopes = scope_names(body.get("permissions"))
        return Tokens(token, expires_at=end_after(body.get("expires_in")), scopes=scopes, exchanged=True)

    def prove(self, tokens: Tokens, user_id: str = "") -> Proof:
        me = self.me(tokens.access_token)
        profile = self.profile(me)
        require_user(user_id, profile.uid, as_uid(me.get("id", profile.uid)))
        return self.exchanged(Proof.of(self, tokens, profile), tokens.access_token)

    def exchanged(self, proof: Proof, access_token: str) -> Proof:
        """Return the proof with a 60-day token at level app, or unchanged if the token cannot be exchanged.

        A token that is long-lived already cannot be, so a refusal does not prove that it is another app's.
        """
        params = {
            "grant_type": "ig_exchange_token",
            "client_secret": self.client_secret,
            "access_token": access_token,
        }
        try:
            body = as_object(self.call("GET", f"{GRAPH}/access_token", params=params))
        except Unclear:
            return proof
        except (Unavailable, WrongApp):
            raise
        except Outcome:
            return proof
        token = as_text(body.get("access_token"), 4096)
        if not token:
            raise Unproven
        return dataclasses.replace(
            proof,
            level=Level.APP,
            secret=dataclasses.replace(proof.secret, access_token=token),
            client_id=self.client_id,
            expires_at=end_after(body.get("expires_in")),
        )

    def profile_of(self, access_token: str) -> Profile:
        return self.profile(self.me(access_token))

    def me(self, access_token: str) -> dict[str, Any]:
        params = {"fields": FIELDS, "access_token": access_token}
        return as_object(self.call("GET", f"{GRAPH}/{settings.GRAPH_VERSION}/me", params=params))

    def recent_posts(self, subject: Subject) -> list[Post]:
        params = {"fields": "id,like_count,comments_count,timestamp", "limit": "25"}
        params |= {"access_token": subject.access_token}
        body = self.call("GET", f"{GRAPH}/{settings.GRAPH_VERSION}/me/media", params=params)
        return [
            Post(
                as_moment(item.get("timestamp")), as_count(item.get("like_count")), as_count(item.get("comments_count"))
            )
            for item in as_list(body, "data")
        ]

    def profile(self, me: dict[str, Any]) -> Profile:
        account_type = as_text(me.get("account_type"))
        if account_type and account_type.lower() not in PROFESSIONAL:
            raise NotConnectable("a personal account")
        uid = as_uid(me.get("user_id", me.get("id")))
        username = as_text(me.get("username"), 64).lower()
        return Profile(
            uid=uid,
            external_id=username or uid,
            name=as_text(me.get("name")) or username,
            url=f"{self.home}/{username}" if username else self.home,
            followers=as_count(me.get("followers_count")),
            extra=known_only(
                display_name=as_text(me.get("name")),
                account_type=account_type,
                avatar_url=as_text(me.get("profile_picture_url"), 2000),
                following_count=as_count(me.get("follows_count")),
                posts_count=as_count(me.get("media_count")),
            ),
            aliases=frozenset({uid, as_uid(me.get("id", uid))}),
            bio=as_text(me.get("biography"), 2000),
            alias_uid=as_uid(me.get("id", uid)),
        )

    def ping(self) -> str:
        params = {"grant_type": "ig_exchange_token", "client_secret": self.client_secret, "access_token": "none"}
        try:
            self.call("GET", f"{GRAPH}/access_token", params=params)
        except TokenDead:
            return "refused a token that is none"
        raise Unavailable("exchanged a token that is none")

    def facts(self, answer: http.Answer) -> Facts | None:
        body = answer.body
        if isinstance(body, dict) and "error_type" in body:  # api.instagram.com has a flat shape of its own
            return error_facts(
                answer.status, {**body, "message": body.get("error_message"), "type": body["error_type"]}
            )
        return graph_facts(answer)


ADAPTER = Instagram()
