"""Instagram Login: nothing introspects a token, but exchanging it needs our secret, and that proves the app."""

import dataclasses
from typing import Any

from connect.network_table import Network
from connect.workflow import Level
from social_auth import http
from social_auth.models import Secret
from social_auth.outcomes import NotConnectable, OurFault, Outcome, Unavailable, Unproven, WrongApp, WrongUser
from social_auth.providers.base import (
    Adapter,
    Facts,
    Posted,
    Profile,
    Proof,
    Subject,
    as_count,
    as_object,
    as_text,
    as_uid,
    kept,
    life,
    require_user,
)
from social_auth.providers.meta import GRAPH_RULES, VERSION, error_facts, graph_facts

GRAPH = "https://graph.instagram.com"
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
    rules = GRAPH_RULES

    def verify(self, posted: Posted) -> Proof:
        me = self.me(posted.access_token)
        profile = self.profile(me)
        require_user(posted, profile.uid, as_uid(me.get("id", profile.uid)))
        proof = Proof(
            profile=profile,
            level=Level.USER,
            secret=Secret(posted.access_token, posted.refresh_token),
            account_uid=profile.uid,
        )
        return self.exchanged(proof, posted.access_token)

    def exchanged(self, proof: Proof, access_token: str) -> Proof:
        """Return the proof with a 60-day token at level app, or as it is if this token cannot be exchanged.

        A long-lived token cannot be, and is nobody's fault; whose app it is of remains unproven then.
        """
        params = {
            "grant_type": "ig_exchange_token",
            "client_secret": self.client_secret,
            "access_token": access_token,
        }
        try:
            body = as_object(self.call("GET", f"{GRAPH}/access_token", params=params))
        except OurFault:
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
            expires_at=life(body.get("expires_in")),
        )

    def read(self, subject: Subject) -> Profile:
        profile = self.profile(self.me(subject.access_token))
        if profile.uid != subject.uid:
            raise WrongUser
        return profile

    def me(self, access_token: str) -> dict[str, Any]:
        params = {"fields": FIELDS, "access_token": access_token}
        return as_object(self.call("GET", f"{GRAPH}/{VERSION}/me", params=params))

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
            extra=kept(
                display_name=as_text(me.get("name")),
                account_type=account_type,
                avatar_url=as_text(me.get("profile_picture_url"), 2000),
                following_count=as_count(me.get("follows_count")),
                posts_count=as_count(me.get("media_count")),
            ),
            aliases=frozenset({uid, as_uid(me.get("id", uid))}),
            bio=as_text(me.get("biography"), 2000),
        )

    def ping(self) -> str:
        params = {"grant_type": "ig_exchange_token", "client_secret": self.client_secret, "access_token": "none"}
        answer = http.call("GET", f"{GRAPH}/access_token", params=params)
        if self.facts(answer) is None:
            raise Unavailable("exchanged a token that is none")
        return "refused a token that is none"

    def facts(self, answer: http.Answer) -> Facts | None:
        body = answer.body
        if isinstance(body, dict) and "error_type" in body:  # api.instagram.com has a flat shape of its own
            return error_facts(
                answer.status, {**body, "message": body.get("error_message"), "type": body["error_type"]}
            )
        return graph_facts(answer)
