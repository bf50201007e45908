"""The types of events: `network.accepted` and so on for each kind of record, and those of a sign-in."""

from django.db.models import TextChoices


class EventType(TextChoices):
    CONNECTED = "connected", "A connection begins, or begins again"
    VERIFIED = "verified", "Ownership is proven; of a network once, of the others again after `unverified`"
    UNVERIFIED = "unverified", "The proof is lost, but the record stays"
    EXPIRING = (
        "expiring",
        "`expires_what` ends in 14, 7, 3 or 1 `days`, at `expires_at`: only its owner can extend it (`reconnect_url`)",
    )
    REAUTH_REQUIRED = "reauth_required", "The provider does not accept the credential any more (`reconnect_url`)"
    RECOVERED = "recovered", "It is healthy again after a warning or an end"
    RENAMED = "renamed", "The account has another public id (`was`, `found`)"
    IN_REVIEW = (
        "in_review",
        "A record that was accepted, suspended with its account, or whose decision was undone is before staff again",
    )
    ACCEPTED = "accepted", "Accepted"
    REJECTED = "rejected", "Rejected (`reason`, if staff chose to tell)"
    SUSPENDED = "suspended", "Suspended (`reason`, if staff chose to tell)"
    REINSTATED = "reinstated", "A suspension is taken back"
    DISCONNECTED = "disconnected", "The connection is over; `by` is owner, provider, staff or system"
    MILESTONE = "milestone", "The count passed 1,000, 10,000, 100,000 and so on (`milestone`), once each"


class SignInEvent(TextChoices):
    """Events of a sign-in by a provider's account, for the creator whom it signs in."""

    CONTESTED = (
        "contested",
        "Another creator tried to connect the account that is this one's only way in; it was refused (once a day)",
    )
    CONNECTED_ELSEWHERE = (
        "connected_elsewhere",
        "Another creator connected the account that signs this one in, which it still does (once a day)",
    )
    ADDED = "added", "The account, which signed in nobody, signs this creator in from now on, who connected it"
    REMOVED = "removed", "The account signs the creator in no more, by the creator's own call; what is connected stays"
    MOVED_AWAY = "moved_away", "The account signs somebody else in from now on, and this creator no more"
    MOVED_HERE = "moved_here", "The account signs this creator in from now on, by the creator's own call"


SIGN_IN = "sign_in"
NETWORKS_ONLY = (EventType.CONNECTED, EventType.EXPIRING, EventType.REAUTH_REQUIRED)
KINDS = ("network", "page", "wall", "channel")
EVENT_CHOICES = [
    *(
        (f"{kind}.{event_type}", str(event_type.label))
        for kind in KINDS
        for event_type in EventType
        if kind == "network" or event_type not in NETWORKS_ONLY
    ),
    *((f"{SIGN_IN}.{event_type}", str(event_type.label)) for event_type in SignInEvent),
]
EVENT_TYPES = [name for name, _ in EVENT_CHOICES]
