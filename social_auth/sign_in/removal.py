"""Removes a sign-in at its user's request, with a mail to them; what is connected stays. See docs/sign-in.md."""

from types import SimpleNamespace
from typing import Any

import structlog
from allauth.account.authentication import get_authentication_records
from allauth.headless.socialaccount.inputs import DeleteProviderAccountInput
from allauth.socialaccount.models import SocialAccount

from connect.events.catalogue import SignInEvent
from connect.moderation.locks import lock_user
from connect.sessions.models import Session
from social_auth.connections.sign_in_news import report
from social_auth.connections.sign_ins import lock_sign_in

logger = structlog.get_logger(__name__)


class RemovalInput(DeleteProviderAccountInput):
    def clean(self) -> dict[str, Any]:
        """Check under locks, so that the user cannot remove two at once, and nobody signs in by it or moves it."""
        provider_id, uid = self.cleaned_data.get("provider"), self.cleaned_data.get("account")
        if provider_id and uid:
            lock_sign_in(provider_id, uid)
            lock_user(self.user.pk)
        cleaned: dict[str, Any] = super().clean()
        return cleaned


def end_sessions_begun_by(sign_in: SocialAccount, session_key: str | None) -> None:
    """Mail the user, and end the sessions that began by this sign-in, except the current one.

    An intruder whom the user locks out may have signed in an hour ago, for a month.
    """
    network = sign_in.get_provider().adapter.network
    report(sign_in.user, sign_in, SignInEvent.REMOVED, network)
    sessions = Session._default_manager.filter(user_id=sign_in.user_id).exclude(pk=session_key)
    begun = [row.pk for row in sessions.iterator() if _begun_by(sign_in, row.get_decoded())]
    Session._default_manager.filter(pk__in=begun).delete()
    logger.info("a sign-in was removed", network=network, user=sign_in.user_id, sessions=len(begun))


def _begun_by(sign_in: SocialAccount, session: dict[str, Any]) -> bool:
    records = get_authentication_records(SimpleNamespace(session=session), sign_in.user)
    return (sign_in.provider, sign_in.uid) in {(record.get("provider"), record.get("uid")) for record in records}
