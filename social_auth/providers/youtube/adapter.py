"""Google and YouTube: `tokeninfo` names the app, the channel is the network; channels are read 50 at a time by key."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from datetime import time as dt_time
from typing import Any
from zoneinfo import ZoneInfo

from allauth.socialaccount.providers.google.views import GoogleOAuth2Adapter
from django.conf import settings

from connect.moderation.quality import CountSource
from connect.moderation.workflow import Level
from connect.network_table import Network
from social_auth.providers.oauth import OAuthAdapter
from social_auth.providers.posts import Post
from social_auth.providers.records import Posted, Profile, Proof, Renewal, Step, Subject, Tokens
from social_auth.providers.rules import About, Facts
from social_auth.providers.values import (
    MAX_UID,
    as_count,
    as_day,
    as_list,
    as_moment,
    as_object,
    as_text,
    as_time,
    as_uid,
    known_only,
    scope_names,
)
from social_auth.providers.youtube.rules import RULES
from social_auth.providers.youtube.rules_retention import KEEPS
from social_auth.providers.youtube.tokens import ID_TOKEN_ISSUERS, read_id_token
from social_auth.wire import http
from social_auth.wire.outcomes import (
    Gone,
    MissingScope,
    NotConnectable,
    Outcome,
    Unavailable,
    WrongApp,
    WrongUser,
)
from social_auth.wire.secret import Secret
from social_auth.wire.signed_tokens import signed_part

PACIFIC = ZoneInfo("America/Los_Angeles")
OAUTH = "https://oauth2.googleapis.com"
DATA = "https://youtube.googleapis.com/youtube/v3"
CHANNELS = f"{DATA}/channels"
VIEWS = "A view counts from the first moment of playing, for videos of every kind (YouTube Data API revision history)"
PARTS = "id,snippet,statistics,status"
YOUTUBE_SCOPES = {
    f"https://www.googleapis.com/auth/youtube{suffix}" for suffix in (".readonly", "", ".force-ssl", "partner")
}


class Google(OAuthAdapter):
    network = Network.YOUTUBE
    provider_id = "google"
    label = "Google"
    proves_app = True
    batch_size = 50
    needs_token = False
    required_scopes = ("https://www.googleapis.com/auth/youtube.readonly",)
    account_types = ("account with a YouTube channel",)
    obtains = ("name", "followers", "videos_count", "views_count", "handle", "account_created", "avatar_url")
    counted_anew = (Step("views_count", date(2026, 8, 27), VIEWS),)
    asset_noun = "channel"
    relists = False  # counts are read by our own key, and a token lives for an hour
    token_life = timedelta(hours=1)
    renewal = Renewal.STATIC
    renew_ahead = timedelta(minutes=10)
    takes_id_token = True
    pkce = True
    authorize_url = GoogleOAuth2Adapter.authorize_url
    authorize_extra = {"access_type": "offline", "prompt": "select_account consent"}  # else no refresh token comes
    always_scopes = ("openid",)
    nonce = True
    issuers = ID_TOKEN_ISSUERS
    console = "APIs & Services > Credentials > OAuth 2.0 Client IDs (Web application) > Authorized redirect URIs"
    token_url = f"{OAUTH}/token"
    prove_cost = ping_cost = 1  # of a channel; who signs in is told by OAuth, which has no quota
    posts_cost = 3
    posts_units = 2  # the third call has a quota of its own, as large as that of all others together
    rules = RULES
    keeps = KEEPS

    def suffices(self, scopes: Collection[str]) -> bool:
        return bool(YOUTUBE_SCOPES & set(scopes))

    def obtain(self, posted: Posted) -> Tokens:
        return replace(super().obtain(posted), id_token=posted.id_token)

    def prove(self, tokens: Tokens, user_id: str = "") -> Proof:
        """Prove whose channel the tokens open. An id_token beside them must be of the same person."""
        claims = read_id_token(self, tokens.id_token) if tokens.id_token else {}
        if not tokens.access_token:
            raise MissingScope("an id_token opens no channel")
        proof = self.person(tokens)
        if claims and claims["sub"] != proof.account_uid:
            raise WrongUser
        if not self.suffices(proof.scopes):
            raise MissingScope
        profile = self.own_channel(tokens.access_token, user_id, proof.account_uid)
        return replace(
            proof,
            profile=replace(profile, alias_uid=proof.account_uid),
            single_use_signature=_id_token_signature(tokens),
        )

    def identify(self, tokens: Tokens) -> Proof:
        claims = read_id_token(self, tokens.id_token) if tokens.id_token else {}
        proof = self.person(tokens) if tokens.access_token else self.person_from_claims(claims, tokens)
        if claims and claims["sub"] != proof.account_uid:
            raise WrongUser
        if not proof.account_uid:
            raise MissingScope("a token without the scope openid does not say whose it is")
        return proof

    def person(self, tokens: Tokens) -> Proof:
        """Return the person and the scopes that tokeninfo reports for an access token of our app."""
        form = {"access_token": tokens.access_token}
        return self.person_from_claims(as_object(self.call("POST", f"{OAUTH}/tokeninfo", form=form)), tokens)

    def person_from_claims(self, token: dict[str, Any], tokens: Tokens) -> Proof:
        sub = as_text(token.get("sub"), MAX_UID)
        return Proof(
            profile=Profile(sub, sub, name=as_text(token.get("name"))),
            level=Level.APP,
            secret=tokens.secret,
            account_uid=sub,
            client_id=self.our_client(token),
            scopes=scope_names(token.get("scope")),
            expires_at=as_time(token.get("exp")) or tokens.expires_at,
            grant_ends_at=tokens.grant_ends_at,
            exchanged=tokens.exchanged,
            email=as_text(token.get("email")),
            email_verified=str(token.get("email_verified")).lower() == "true",
            single_use_signature=_id_token_signature(tokens),
        )

    def our_client(self, token: dict[str, Any]) -> str:
        """Return which of our clients the token is for: the app's client may be in `azp`, the server's in `aud`."""
        listed = token.get("aud")
        audience, party = (
            as_text(listed[0] if isinstance(listed, list) and listed else listed),
            as_text(token.get("azp")),
        )
        if not audience and not party:
            raise Unavailable("tokeninfo names no audience")
        if not {audience, party} - {""} & set(self.client_ids):
            raise WrongApp
        return audience if audience in self.client_ids else party

    def own_channel(self, access_token: str, user_id: str, sub: str) -> Profile:
        """Return the channel that the app named, or the account's first one if it named the account."""
        channels = self.assets(access_token)
        if not channels:
            raise NotConnectable("no channel on the account")
        if not user_id or (sub and user_id == sub):
            return channels[0]
        named = next((channel for channel in channels if channel.uid == user_id), None)
        if named is None:
            raise WrongUser
        return named

    def assets(self, access_token: str) -> list[Profile]:
        params = {"part": PARTS, "mine": "true", "maxResults": "50"}
        body = as_object(self.call("GET", CHANNELS, params=params, bearer=access_token))
        return [self.profile(item) for item in _items(body)]

    def read_many(self, subjects: Sequence[Subject]) -> dict[int, Profile | Outcome]:
        """Read up to 50 channels for one quota unit; a channel that is left out of the answer is gone."""
        ids = ",".join(subject.uid for subject in subjects)
        params = {"part": PARTS, "id": ids, "maxResults": "50", "key": settings.YOUTUBE_API_KEY}
        body = as_object(self.call_with_our_keys("GET", CHANNELS, params=params))
        if not {"items", "pageInfo", "kind"} & set(body):
            raise Unavailable("no list of channels")
        channels = {profile.uid: profile for profile in map(self.profile, _items(body))}
        return {subject.pk: channels.get(subject.uid) or Gone("left out of the list") for subject in subjects}

    def recent_posts(self, subject: Subject) -> list[Post]:
        """Read the channel's playlist of uploads, the videos on it, and their counts by the batch."""
        channel = self.listed("channels", part="contentDetails", id=subject.uid)
        uploads = _part(_part(channel[0], "contentDetails"), "relatedPlaylists") if channel else {}
        playlist = as_text(uploads.get("uploads"))
        if not playlist:
            return []
        items = self.listed("playlistItems", part="contentDetails", playlistId=playlist, maxResults="25")
        ids = [as_text(_part(item, "contentDetails").get("videoId")) for item in items]
        params = {"part": "snippet,statistics", "id": ",".join(filter(None, ids))}
        videos = self.listed("videos:batchGetStats", **params) if any(ids) else []
        return [
            Post(
                as_moment(_part(video, "snippet").get("publishTime")),
                as_count(_part(video, "statistics").get("likeCount")),
                as_count(_part(video, "statistics").get("commentCount")),
            )
            for video in videos
        ]

    def listed(self, resource: str, **params: str) -> list[dict[str, Any]]:
        """Read a list of the Data API with our own key; a playlist that does not exist is empty."""
        keyed = {**params, "key": settings.YOUTUBE_API_KEY}
        try:
            return as_list(self.call("GET", f"{DATA}/{resource}", about=About.CLIENT, params=keyed), "items")
        except Gone:
            return []

    def profile(self, item: Any) -> Profile:
        item = as_object(item)
        uid = as_uid(item.get("id"))
        snippet, statistics = _part(item, "snippet"), _part(item, "statistics")
        handle = as_text(snippet.get("customUrl"), 64)
        hidden = statistics.get("hiddenSubscriberCount") is True
        count = None if hidden else as_count(statistics.get("subscriberCount"))
        # Three significant figures is all the API gives; below 1,000 that is exact.
        source = CountSource.HIDDEN if hidden else CountSource.ROUNDED if (count or 0) >= 1000 else CountSource.EXACT
        thumbnail = _part(_part(snippet, "thumbnails"), "high") or _part(_part(snippet, "thumbnails"), "default")
        return Profile(
            uid=uid,
            external_id=uid,
            name=as_text(snippet.get("title")),
            url=f"{self.home}/channel/{uid}",
            followers=count,
            source=source,
            extra=known_only(
                display_name=as_text(snippet.get("title")),
                handle=handle,
                avatar_url=as_text(thumbnail.get("url"), 2000),
                videos_count=as_count(statistics.get("videoCount")),
                views_count=as_count(statistics.get("viewCount")),
                account_created=as_day(snippet.get("publishedAt")),
            ),
            aliases=frozenset({handle} - {"", "@"}),
        )

    def quota_returns(self, now: datetime) -> datetime:
        """YouTube resets its quota at midnight Pacific time."""
        tomorrow = now.astimezone(PACIFIC).date() + timedelta(days=1)
        return datetime.combine(tomorrow, dt_time(0, 1), PACIFIC)

    def revoke(self, secret: Secret, uid: str) -> str:
        self.call("POST", f"{OAUTH}/revoke", form={"token": secret.refresh_token or secret.access_token})
        return "revoked"

    def ping(self) -> str:
        params = {"part": "id", "id": "UC_x5XG1OV2P6uZZ5FSM9Ttw", "key": settings.YOUTUBE_API_KEY}
        self.call_with_our_keys("GET", CHANNELS, params=params)
        return "answered our API key"

    def facts(self, answer: http.Answer) -> Facts | None:
        """Read an error in one of two shapes: the API's nested one, and OAuth's, which may be a description alone."""
        body = answer.body if isinstance(answer.body, dict) else {}
        error = body.get("error")
        if isinstance(error, dict):
            return Facts(
                answer.status, as_text(error.get("status")), kind=_kind(error), text=as_text(error.get("message"))
            )
        text = as_text(body.get("error_description"))
        if answer.status != 200 or isinstance(error, str):
            return Facts(answer.status, as_text(error), text=text)
        return None


def _id_token_signature(tokens: Tokens) -> bytes:
    return signed_part(tokens.id_token) if tokens.id_token else b""


def _kind(error: dict[str, Any]) -> str:
    """The first reason that an error gives: those in `details` are more specific than those in `errors`."""
    listed = [*_list(error.get("details")), *_list(error.get("errors"))]
    reasons = [as_text(entry.get("reason")) for entry in listed if isinstance(entry, dict) and entry.get("reason")]
    return reasons[0] if reasons else ""


def _items(body: dict[str, Any]) -> list[Any]:
    """The listed items; without a channel Google may leave the whole list out."""
    return _list(body.get("items"))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _part(item: dict[str, Any], name: str) -> dict[str, Any]:
    value = item.get(name)
    return value if isinstance(value, dict) else {}


ADAPTER = Google()
