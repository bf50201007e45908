"""Applies Google's security events (Cross-Account Protection, RFC 8417): they end connections and sessions.

Events come late, twice and out of order: each takes effect once, and none ends a connection made after it was sent.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import structlog
from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.db.models import F, Q

from connect.models import User
from connect.moderation.workflow import Health, Status
from connect.network_table import Network
from connect.seen_once import SeenOnce
from networks.models import SocialNetwork
from social_auth.callbacks.requests import live_connections
from social_auth.credentials.models import Credential
from social_auth.providers.adapters import adapter_for
from social_auth.providers.youtube.tokens import EVENT_ISSUERS

RISC = "https://schemas.openid.net/secevent/risc/event-type/"
OAUTH = "https://schemas.openid.net/secevent/oauth/event-type/"
ENDS_ACCESS = {
    f"{OAUTH}tokens-revoked": "access removed at Google",
    f"{RISC}account-purged": "account deleted at Google",
}
ENDS_SESSIONS = (f"{RISC}sessions-revoked", f"{OAUTH}tokens-revoked", f"{RISC}account-purged")
TOKEN_REVOKED = f"{OAUTH}token-revoked"
ACCOUNT_DISABLED = f"{RISC}account-disabled"
logger = structlog.get_logger(__name__)


@transaction.atomic
def apply_event(claims: dict[str, Any], *, sent: datetime) -> None:
    """Apply a verified security event, unless it was applied before."""
    if not SeenOnce.objects.first_time("google", claims["jti"].encode()):
        return
    for kind, event in claims["events"].items():
        logger.info("security event", kind=kind.rpartition("/")[2][:64])
        if isinstance(event, dict) and isinstance(event.get("subject"), dict):
            _apply(kind, event["subject"], reason=event.get("reason"), sent=sent)


def _apply(kind: str, subject: dict[str, Any], *, reason: Any, sent: datetime) -> None:
    from_google = subject.get("iss", EVENT_ISSUERS[0]) in EVENT_ISSUERS
    sub = subject["sub"] if from_google and isinstance(subject.get("sub"), str) else ""
    if kind in ENDS_ACCESS and sub:
        _end(live_connections(Network.YOUTUBE, sub, sent), ENDS_ACCESS[kind])
    if sub and (kind in ENDS_SESSIONS or (kind == ACCOUNT_DISABLED and reason == "hijacking")):
        end_sessions(sub, sent=sent)
    if kind == TOKEN_REVOKED:
        _end(_holders(subject, sent), "token revoked at Google")


def end_sessions(sub: str, *, sent: datetime) -> None:
    """End all sessions of the user whom that Google account signs in, unless they have signed in again since."""
    accounts = SocialAccount.objects.filter(provider=adapter_for(Network.YOUTUBE).provider_id, uid=sub)
    before = Q(last_login__isnull=True) | Q(last_login__lt=sent + timedelta(seconds=1))
    User.objects.filter(before, pk__in=accounts.values("user")).update(sessions_ended=F("sessions_ended") + 1)


def _holders(subject: dict[str, Any], sent: datetime) -> list[SocialNetwork]:
    """The live connections with the refresh token that the event names by its digest or beginning."""
    name = subject.get("token")
    if not isinstance(name, str) or subject.get("token_type", "refresh_token") != "refresh_token":
        return []
    match subject.get("token_identifier_alg"):
        case "hash_base64_sha512_sha512":
            padded = name.replace("-", "+").replace("_", "/").rstrip("=")
            credentials = Credential.objects.with_refresh_token(digest=padded + "=" * (-len(padded) % 4))
        case "prefix":
            credentials = Credential.objects.with_refresh_token(prefix=name)
        case _:
            return []
    credentials = credentials.filter(network__network=Network.YOUTUBE, obtained_at__lt=sent + timedelta(seconds=1))
    rows = SocialNetwork.objects.filter(pk__in=credentials.values("pk")).exclude(status=Status.DISCONNECTED)
    return list(rows.order_by("pk"))


def _end(rows: Iterable[SocialNetwork], reason: str) -> None:
    for row in rows:
        row.disconnect(by=None, reason=reason, health=Health.REVOKED)
