"""Taking a way in away: by its person's own act, told to them; what is connected stays. See docs/sign-in.md."""

from types import SimpleNamespace
from typing import Any

import structlog
from allauth.account.authentication import get_authentication_records
from allauth.headless.socialaccount.inputs import DeleteProviderAccountInput
from allauth.socialaccount.models import SocialAccount

from connect.events.catalogue import SignInEvent
from connect.moderation.claims import lock_user
from connect.sessions.models import Session
from social_auth.connections.sign_in_news import tell
from social_auth.connections.sign_ins import lock_sign_in

logger = structlog.get_logger(__name__)


class RemovalInput(DeleteProviderAccountInput):
    def clean(self) -> dict[str, Any]:
        """Look whether it may go only once its person takes no other away, and nobody signs in by it or moves it."""
        provider_id, uid = self.cleaned_data.get("provider"), self.cleaned_data.get("account")
        if provider_id and uid:
            lock_sign_in(provider_id, uid)
            lock_user(self.user.pk)
        cleaned: dict[str, Any] = super().clean()
        return cleaned


def say_farewell(sign_in: SocialAccount, session_key: str | None) -> None:
    """Tell its person, and end the sessions that were begun by it, save the one in which they take it away.

    Whom they lock out by that may have signed in an hour ago, for a month.
    """
    network = sign_in.get_provider().adapter.network
    tell(sign_in.user, sign_in, SignInEvent.REMOVED, network)
    sessions = Session._default_manager.filter(user_id=sign_in.user_id).exclude(pk=session_key)
    begun = [row.pk for row in sessions.iterator() if _begun_by(sign_in, row.get_decoded())]
    Session._default_manager.filter(pk__in=begun).delete()
    logger.info("a sign-in was removed", network=network, user=sign_in.user_id, sessions=len(begun))


def _begun_by(sign_in: SocialAccount, session: dict[str, Any]) -> bool:
    records = get_authentication_records(SimpleNamespace(session=session), sign_in.user)
    return (sign_in.provider, sign_in.uid) in {(record.get("provider"), record.get("uid")) for record in records}
