"""LinkedIn: introspection names the app, userinfo the member; follower counts need a partner's access."""

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from allauth.socialaccount.providers.linkedin_oauth2.views import LinkedInOAuth2Adapter

from connect.moderation.quality import CountSource
from connect.moderation.workflow import Level
from connect.network_table import Network
from social_auth.providers import versions
from social_auth.providers.challenges import Challenge
from social_auth.providers.linkedin.rules import RULES
from social_auth.providers.linkedin.rules_retention import KEEPS
from social_auth.providers.oauth import OAuthAdapter
from social_auth.providers.records import Profile, Proof, Renewal, Subject, Tokens
from social_auth.providers.rules import About, Facts
from social_auth.providers.values import (
    as_count,
    as_object,
    as_text,
    as_time,
    as_uid,
    known_only,
    require_user,
    scope_names,
)
from social_auth.wire import http
from social_auth.wire.outcomes import (
    Gone,
    MissingScope,
    TokenDead,
    Unavailable,
    Unproven,
    VersionRetired,
    WrongApp,
)
from social_auth.wire.secret import Secret

OAUTH = "https://www.linkedin.com/oauth/v2"
API = "https://api.linkedin.com/v2"
REST = "https://api.linkedin.com/rest"
ANALYTICS = "r_member_profileAnalytics"
"""The scope for the count of a member's followers, for apps that LinkedIn approved for it."""
LISTED, MOST_LISTED = 100, 2000
DESCRIBED = 20
"""How many organisations get a name and a count: they take two calls each, and a new member's token has 100 a day."""


class LinkedIn(OAuthAdapter):
    network = Network.LINKEDIN
    provider_id = "linkedin"
    label = "LinkedIn"
    proves_app = True
    required_scopes = ("openid", "profile")
    account_types = ("member",)
    obtains = ("name", "avatar_url")
    asset_noun = "page"
    asset_scopes = ("r_organization_admin", "rw_organization_admin")
    authorize_url = LinkedInOAuth2Adapter.authorize_url
    challenge = Challenge.NONE
    nonce = True
    issuers = ("https://www.linkedin.com/oauth",)
    optional_scopes = {"pages": ("r_organization_admin",), "followers": (ANALYTICS,)}
    console = "Auth > OAuth 2.0 settings > Authorized redirect URLs for your app"
    token_life = timedelta(days=60)
    renewal = Renewal.STATIC
    grant_life = timedelta(days=365)
    renew_ahead = timedelta(days=7)
    token_url = f"{OAUTH}/accessToken"
    rules = RULES
    keeps = KEEPS

    prove_cost = identify_cost = 2
    ping_cost = 1

    def prove(self, tokens: Tokens, user_id: str = "") -> Proof:
        token = self.introspect(tokens.access_token)
        member = as_object(self.call("GET", f"{API}/userinfo", bearer=tokens.access_token))
        profile = self.profile(member)
        require_user(user_id, profile.uid)
        return Proof(
            profile=self.with_followers(profile, tokens.access_token, scope_names(token.get("scope"))),
            level=Level.APP,
            secret=tokens.secret,
            account_uid=profile.uid,
            client_id=str(token["client_id"]),
            scopes=scope_names(token.get("scope")),
            expires_at=as_time(token.get("expires_at")) or tokens.expires_at,
            grant_ends_at=tokens.grant_ends_at,
            exchanged=tokens.exchanged,
            email=as_text(member.get("email")),
            email_verified=str(member.get("email_verified")).lower() == "true",
        )

    def introspect(self, access_token: str) -> dict[str, Any]:
        form = {"client_id": self.client_id, "client_secret": self.client_secret, "token": access_token}
        token = as_object(self.call("POST", f"{OAUTH}/introspectToken", form=form, about=About.CLIENT))
        if token.get("active") is False:
            raise TokenDead
        if token.get("active") is not True:
            raise Unavailable("introspection says too little")
        if "client_id" not in token:
            raise Unproven
        if str(token["client_id"]) not in self.client_ids:
            raise WrongApp
        return token

    def profile_of(self, access_token: str) -> Profile:
        return self.profile(as_object(self.call("GET", f"{API}/userinfo", bearer=access_token)))

    def read(self, subject: Subject) -> Profile:
        return self.with_followers(super().read(subject), subject.access_token, subject.scopes)

    def with_followers(self, profile: Profile, access_token: str, scopes: Collection[str]) -> Profile:
        """Add the count if the member granted it; it stays unknown if LinkedIn no longer gives it to our app."""
        if ANALYTICS not in scopes:
            return profile
        listed = self.rest_if_allowed("memberFollowersCount", access_token, {"q": "me"}).get("elements")
        first = listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], dict) else {}
        count = as_count(first.get("memberFollowersCount"))
        return profile if count is None else replace(profile, followers=count, source=CountSource.EXACT)

    def cost(self, accounts: int) -> tuple[int, int]:
        """Two calls for each account if our app may read counts."""
        calls = accounts * (2 if "followers" in self.offered_scopes else 1)
        return calls, calls

    def profile(self, member: dict[str, Any]) -> Profile:
        uid = as_uid(member.get("sub"))
        return Profile(
            uid=uid,
            external_id=uid,
            name=as_text(member.get("name")),
            url=self.home,
            source="",
            extra=known_only(display_name=as_text(member.get("name")), avatar_url=as_text(member.get("picture"), 2000)),
        )

    def assets(self, access_token: str) -> list[Profile]:
        """List the organisations that the member administers; each takes two more calls, for name and followers."""
        elements: list[Any] = []
        for start in range(0, MOST_LISTED, LISTED):
            page = {"q": "roleAssignee", "role": "ADMINISTRATOR", "state": "APPROVED"}
            page |= {"start": str(start), "count": str(LISTED)}
            more = as_object(self.rest("organizationAcls", access_token, page)).get("elements")
            if not isinstance(more, list):
                raise Unavailable("no list of organisations")
            elements += more
            if len(more) < LISTED:
                break
        else:
            raise Unavailable("a list of organisations without an end")
        named = {as_text(as_object(element).get("organization")) for element in elements}
        numbers = sorted(match[1] for urn in named if (match := re.fullmatch(r"urn:li:organization:(\d{1,20})", urn)))
        described = [self.organisation(number, access_token) for number in numbers[:DESCRIBED]]
        return described + [self.as_organisation(number, {}, {}) for number in numbers[DESCRIBED:]]

    def listing_cost(self, assets: int) -> int:
        return 1 + assets // LISTED + 2 * min(assets, DESCRIBED)

    def organisation(self, number: str, access_token: str) -> Profile:
        """Read its name and its followers; either stays unknown if LinkedIn refuses it."""
        size = f"networkSizes/urn%3Ali%3Aorganization%3A{number}"
        return self.as_organisation(
            number,
            self.rest_if_allowed(f"organizations/{number}", access_token, {}),
            self.rest_if_allowed(size, access_token, {"edgeType": "COMPANY_FOLLOWED_BY_MEMBER"}),
        )

    def rest_if_allowed(self, path: str, access_token: str, params: dict[str, str]) -> dict[str, Any]:
        try:
            return as_object(self.rest(path, access_token, params))
        except (MissingScope, Gone):
            return {}

    def as_organisation(self, number: str, about: dict[str, Any], size: dict[str, Any]) -> Profile:
        vanity = as_text(about.get("vanityName"), 100)
        return Profile(
            uid=number,
            external_id=number,
            name=as_text(about.get("localizedName")),
            url=f"{self.home}/company/{vanity or number}",
            followers=as_count(size.get("firstDegreeSize")),
            extra=known_only(handle=vanity),
            aliases=frozenset({vanity, f"{self.home}/company/{number}"} - {""}),
        )

    def rest(self, path: str, access_token: str, params: dict[str, str]) -> Any:
        """Call the configured version, and the next known one if LinkedIn no longer serves it."""
        while True:
            version = versions.in_use(self.network)
            headers = {"LinkedIn-Version": version, "X-Restli-Protocol-Version": "2.0.0"}
            try:
                return self.call("GET", f"{REST}/{path}", params=params, bearer=access_token, headers=headers)
            except VersionRetired:
                if not versions.mark_refused(self.network, version):
                    raise

    def quota_returns(self, now: datetime) -> datetime:
        """LinkedIn resets its limits at midnight UTC."""
        return datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(0, 1), UTC)

    def revoke(self, secret: Secret, uid: str) -> str:
        form = {"client_id": self.client_id, "client_secret": self.client_secret, "token": secret.access_token}
        self.call("POST", f"{OAUTH}/revoke", form=form)
        return "revoked"

    def ping(self) -> str:
        form = {"client_id": self.client_id, "client_secret": self.client_secret, "token": "none"}
        as_object(self.call("POST", f"{OAUTH}/introspectToken", form=form, about=About.CLIENT))
        return "introspected a token that is none"

    def facts(self, answer: http.Answer) -> Facts | None:
        body = answer.body if isinstance(answer.body, dict) else {}
        if answer.status == 200 and "serviceErrorCode" not in body and not isinstance(body.get("error"), str):
            return None
        return Facts(
            status=answer.status,
            code=as_text(body.get("code")) or as_text(body.get("error")),
            subcode=str(body.get("serviceErrorCode", "")),
            text=as_text(body.get("message")) or as_text(body.get("error_description")),
        )


ADAPTER = LinkedIn()
