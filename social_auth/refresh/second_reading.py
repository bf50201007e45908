"""Reads accounts again whose access token was refused, after renewing the credential."""

from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from networks.models import SocialNetwork
from social_auth.credentials.health import ALIVE
from social_auth.credentials.models import Credential
from social_auth.credentials.renewal import renew_refused
from social_auth.credentials.tokens import access_token_of
from social_auth.providers.adapters import adapter_for
from social_auth.providers.records import Profile, Subject
from social_auth.wire import http
from social_auth.wire.outcomes import Doubtful, Outcome, TokenDead

Results = dict[int, Profile | Outcome]
RENEWING = 30.0
"""Seconds for the renewals of one part; accounts that are left are renewed another time."""
LONG_DOUBTED = timedelta(days=3)
"""A provider that has renewed and refused each new token for so long has ended the connection."""
OFTEN = 10
"""And so many readings in a row must have failed, as a pause by ops for days must not count."""


def read_again(
    network: str, rows: list[SocialNetwork], results: Results, read: Callable[[str, list[Subject]], Results]
) -> Results:
    """Return the results with a second one for each account whose token was refused.

    `TokenDead` stays only where nothing can renew the token, or the provider refuses to. Only that is a verdict.
    """
    if not adapter_for(network).needs_token:
        return results
    refused = [row for row in rows if isinstance(results[row.pk], TokenDead)]
    with http.within(RENEWING):
        renewed = {row.pk: _renewed(row) for row in refused}
    subjects = [subject for subject in renewed.values() if isinstance(subject, Subject)]
    second: Results = {pk: outcome for pk, outcome in renewed.items() if isinstance(outcome, Outcome)}
    second |= {
        pk: Doubtful() if isinstance(result, TokenDead) else result
        for pk, result in (read(network, subjects) if subjects else {}).items()
    }
    long_doubted = {row.pk for row in refused if _long_doubted(row)}
    return results | {
        pk: TokenDead("each token is refused") if pk in long_doubted and isinstance(result, Doubtful) else result
        for pk, result in second.items()
    }


def _renewed(row: SocialNetwork) -> Subject | Outcome:
    """The account with a newly renewed token, or the Outcome if there is none."""
    try:
        row.credential = renew_refused(row.credential)
        return Subject(row.pk, row.provider_uid or "", access_token_of(row.credential))
    except Credential.DoesNotExist:
        return TokenDead("there is no credential any more")
    except Outcome as outcome:
        return outcome


def _long_doubted(row: SocialNetwork) -> bool:
    if row.doubted_at is None or row.doubted_at > timezone.now() - LONG_DOUBTED:
        return False
    return row.failures >= OFTEN or row.health not in ALIVE
