"""Facebook Login: `debug_token` says for which app and whom; the profile has no follower count."""

import hashlib
import hmac
import json
import re
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.utils import timezone

from connect.api.strict_input import Unreadable, read_json
from connect.identity.stored_forms import NotCanonical, canonical_url
from connect.moderation.workflow import Level
from connect.network_table import Network
from social_auth.providers.base import Adapter
from social_auth.providers.meta import GRAPH_RULES, error_facts, graph_facts
from social_auth.providers.meta_retention import KEEPS
from social_auth.providers.records import Posted, Profile, Proof, Renewal, Subject, Tokens
from social_auth.providers.rules import About, Facts
from social_auth.providers.values import (
    as_count,
    as_object,
    as_text,
    as_time,
    as_uid,
    end_after,
    known_only,
    require_user,
    scope_names,
)
from social_auth.wire import http
from social_auth.wire.outcomes import (
    LimitedLogin,
    MissingScope,
    NotConnectable,
    OurFault,
    Outcome,
    TokenDead,
    Unavailable,
    WrongApp,
    WrongUser,
)
from social_auth.wire.secret import Secret

GRAPH = "https://graph.facebook.com"
FIELDS = "id,name,picture.type(large),link"
PAGE_FIELDS = "id,name,tasks,username,link,category,followers_count,fan_count,verification_status"
SIGNED = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
"""The token of the iOS SDK's Limited Login, for people who declined tracking; tokens that Graph takes have no dots."""
MOST_LISTS = 50
APP_TOKEN_LIFE = 300
MAX_TOKEN = 4096


class Facebook(Adapter):
    network = Network.FACEBOOK
    provider_id = "facebook"
    label = "Facebook"
    proves_app = True
    batch_size = 50
    required_scopes = ("public_profile",)
    account_types = ("personal profile",)
    obtains = ("name", "avatar_url")
    asset_noun = "page"
    asset_scopes = ("pages_show_list",)
    authorize_url = f"https://www.facebook.com/{settings.GRAPH_VERSION}/dialog/oauth"
    authorize_extra = {"auth_type": "rerequest"}  # else unticked boxes and the choice of pages stay hidden
    scope_separator = ","
    optional_scopes = {"pages": ("pages_show_list", "pages_read_engagement")}
    console = "Facebook Login for Business > Settings > Valid OAuth Redirect URIs"
    token_life = timedelta(hours=1)
    renewal = Renewal.EXTEND
    renew_ahead = timedelta(days=14)
    rules = GRAPH_RULES
    keeps = KEEPS

    def __init__(self) -> None:
        self._app_token = ""
        self._app_token_until = 0.0

    def exchange(self, posted: Posted) -> Tokens:
        params = {"redirect_uri": posted.redirect_uri, "code": posted.code}
        verifier = {"code_verifier": posted.code_verifier} if posted.code_verifier else {}
        return self.grant(params | verifier, About.CODE)

    def renew(self, secret: Secret) -> Tokens:
        """Exchange the token for a later one, and read the other end: until when its owner's data may be read."""
        tokens = self.grant({"grant_type": "fb_exchange_token", "fb_exchange_token": secret.access_token})
        try:
            token = as_object(self.debug_token(tokens.access_token), "data")
        except Outcome:  # the new token must not be lost for it
            return tokens
        return replace(tokens, data_access_ends_at=as_time(token.get("data_access_expires_at")))

    def grant(self, params: dict[str, str], about: About = About.GRANT) -> Tokens:
        our_keys = {"client_id": self.client_id, "client_secret": self.client_secret}
        url = f"{GRAPH}/{settings.GRAPH_VERSION}/oauth/access_token"
        body = as_object(self.call("GET", url, params=params | our_keys, about=about))
        token = as_text(body.get("access_token"), MAX_TOKEN)
        if not token:
            raise Unavailable("a token answer without a token", maybe_done=True)
        return Tokens(token, expires_at=end_after(body.get("expires_in")), exchanged=True)

    def prove(self, tokens: Tokens, user_id: str = "") -> Proof:
        token = self.inspect(tokens.access_token)
        uid = as_uid(token.get("user_id"))
        require_user(user_id, uid)
        me = self.call("GET", f"{GRAPH}/{settings.GRAPH_VERSION}/me", params=self.me_params(tokens.access_token))
        if as_uid(as_object(me).get("id")) != uid:
            raise WrongUser
        return Proof(
            profile=self.profile(me),
            level=Level.APP,
            secret=tokens.secret,
            account_uid=uid,
            client_id=str(token["app_id"]),
            scopes=scope_names(token.get("scopes")),
            expires_at=as_time(token.get("expires_at")) or tokens.expires_at,
            data_access_ends_at=as_time(token.get("data_access_expires_at")),
            exchanged=tokens.exchanged,
        )

    def inspect(self, access_token: str) -> dict[str, Any]:
        """Return what debug_token says of a valid user token of ours; raises an Outcome for any other."""
        token = as_object(self.debug_token(access_token), "data")
        if token.get("is_valid") is False:
            if SIGNED.fullmatch(access_token):
                raise LimitedLogin("a token of Limited Login")
            error = token.get("error")
            raise self.judge(error_facts(200, error)) if isinstance(error, dict) else TokenDead()
        if token.get("is_valid") is not True or "app_id" not in token:
            raise Unavailable("debug_token says too little")
        if str(token["app_id"]) not in self.client_ids:
            raise WrongApp
        if token.get("type") != "USER":
            raise NotConnectable("not a user's token")
        if not set(self.required_scopes) <= set(scope_names(token.get("scopes"))):
            raise MissingScope
        ends = as_time(token.get("expires_at"))
        if ends and ends <= timezone.now():
            raise TokenDead
        return token

    def debug_token(self, access_token: str) -> Any:
        """Call debug_token. It refuses a call only for our app token, so the call is repeated with a new one."""
        for _ in range(2):
            params = {"input_token": access_token, "access_token": self.app_token()}
            try:
                return self.call("GET", f"{GRAPH}/{settings.GRAPH_VERSION}/debug_token", params=params)
            except TokenDead:
                self._app_token_until = 0.0
        raise self.our_fault("facebook: our app token is refused")

    def app_token(self) -> str:
        """Return our app's token, at most five minutes old."""
        if time.monotonic() > self._app_token_until:
            params = {
                "client_id": self.client_id,
                "client_secret": self.client_secret,
                "grant_type": "client_credentials",
            }
            body = as_object(self.call_with_our_keys("GET", f"{GRAPH}/oauth/access_token", params=params))
            self._app_token = as_text(body.get("access_token"), 500)
            if not self._app_token:
                raise Unavailable("a token answer without a token")
            self._app_token_until = time.monotonic() + APP_TOKEN_LIFE
        return self._app_token

    def me_params(self, access_token: str) -> dict[str, str]:
        proof = hmac.new(self.client_secret.encode(), access_token.encode(), hashlib.sha256).hexdigest()
        return {"fields": FIELDS, "access_token": access_token, "appsecret_proof": proof}

    def cost(self, accounts: int) -> tuple[int, int]:
        """Each account in a batch counts as a call."""
        return accounts, accounts

    def read_many(self, subjects: Sequence[Subject]) -> dict[int, Profile | Outcome]:
        """Read up to 50 profiles in one batch request, each under its owner's token."""
        batch = [
            {
                "method": "GET",
                "relative_url": f"{settings.GRAPH_VERSION}/me?{urlencode(self.me_params(subject.access_token))}",
            }
            for subject in subjects
        ]
        form = {"access_token": self.app_token(), "include_headers": "false", "batch": json.dumps(batch)}
        try:
            items = self.call_with_our_keys("POST", f"{GRAPH}/", form=form)
        except OurFault:
            self._app_token_until = 0.0  # it may be stale: the next batch brings a new one
            raise
        if not isinstance(items, list) or len(items) != len(subjects):
            raise Unavailable("a batch answer of another length")
        return {subject.pk: self.from_item(subject, item) for subject, item in zip(subjects, items, strict=True)}

    def from_item(self, subject: Subject, item: Any) -> Profile | Outcome:
        try:
            body = read_json(str(item.get("body") or "null").encode("utf-8", "replace"), repair=True)
            answer = http.Answer(as_object(item).get("code", 0), {}, body)
            if facts := self.facts(answer):
                return self.judge(facts, answer)
            profile = self.profile(answer.body)
        except (Unreadable, AttributeError, TypeError):
            return Unavailable("unreadable batch item")
        except Outcome as outcome:
            return outcome
        return profile if profile.uid == subject.uid else WrongUser()

    def profile(self, me: Any) -> Profile:
        me = as_object(me)
        uid = as_uid(me.get("id"))
        picture = me.get("picture")
        avatar = (
            picture["data"].get("url") if isinstance(picture, dict) and isinstance(picture.get("data"), dict) else None
        )
        return Profile(
            uid=uid,
            external_id=uid,
            name=as_text(me.get("name")),
            url=self.profile_url(me.get("link"), uid),
            source="",
            extra=known_only(display_name=as_text(me.get("name")), avatar_url=as_text(avatar, 2000)),
        )

    def profile_url(self, link: Any, uid: str) -> str:
        """The link in canonical form if it is a profile's, else the network's URL for an id."""
        try:
            return canonical_url(self.network, as_text(link, 2048))
        except NotCanonical:
            return f"{self.home}/{uid}"

    def assets(self, access_token: str) -> list[Profile]:
        """List the person's pages with their counts, 100 a call, without the pages' own tokens."""
        params = self.me_params(access_token) | {"fields": PAGE_FIELDS, "limit": "100"}
        pages: list[Profile] = []
        for _ in range(MOST_LISTS):
            body = as_object(self.call("GET", f"{GRAPH}/{settings.GRAPH_VERSION}/me/accounts", params=params))
            if not isinstance(body.get("data"), list):
                raise Unavailable("no list of pages")
            pages += [self.page(item) for item in map(as_object, body["data"]) if _manages(item)]
            paging = body.get("paging")
            if not isinstance(paging, dict) or not paging.get("next"):
                return pages
            params = params | {"after": as_text(as_object(paging, "cursors").get("after"), 500)}
        raise Unavailable("a list of pages without an end")

    def page(self, page: Any) -> Profile:
        page = as_object(page)
        uid = as_uid(page.get("id"))
        username = as_text(page.get("username"), 64).lower()
        count = as_count(page.get("followers_count"))
        return Profile(
            uid=uid,
            external_id=uid,
            name=as_text(page.get("name")),
            url=f"{self.home}/{username or uid}",
            followers=as_count(page.get("fan_count")) if count is None else count,
            extra=known_only(handle=username, account_type=as_text(page.get("category"))),
            aliases=frozenset({username, f"{self.home}/{uid}"} - {""}),
        )

    def revoke(self, secret: Secret, uid: str) -> str:
        params = {name: value for name, value in self.me_params(secret.access_token).items() if name != "fields"}
        body = self.call("DELETE", f"{GRAPH}/{settings.GRAPH_VERSION}/{uid or 'me'}/permissions", params=params)
        if body is True or (isinstance(body, dict) and body.get("success") is True):
            return "permissions removed"
        raise Unavailable("an unclear answer")

    def ping(self) -> str:
        self._app_token_until = 0.0
        self.app_token()
        return "gave an app token"

    def facts(self, answer: http.Answer) -> Facts | None:
        return graph_facts(answer)


def _manages(page: dict[str, Any]) -> bool:
    """Whether the person has full control of the page, and not only, say, its analyses. Old bodies say perms."""
    tasks = page.get("tasks", page.get("perms"))
    return tasks is None or (isinstance(tasks, list) and ("MANAGE" in tasks or "ADMINISTER" in tasks))


ADAPTER = Facebook()
