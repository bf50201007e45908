"""What can go wrong with a link: a sentence for the creator, and the contract's error for the app."""

from dataclasses import dataclass
from typing import Any

from connect.errors import ApiError
from connect.moderation.claims import AlreadyConnected, LimitReached
from social_auth.connections.models import LinkSpent
from social_auth.wire.outcomes import (
    Gone,
    Locked,
    MissingScope,
    NotConnectable,
    OurFault,
    Outcome,
    SpentInVain,
    TokenDead,
    Unavailable,
    WrongUser,
)


@dataclass(frozen=True)
class Problem:
    """`error` and `reason` go to the app. The sentence may name the network, what it takes, and the account."""

    error: str
    reason: str
    sentence: str

    def as_sentence(self, **names: Any) -> str:
        return self.sentence.format(**names)


FAILED = "network_verification_failed"
PROBLEMS = {
    "denied": Problem(
        "access_denied",
        "denied",
        "You did not allow it at {network}, so nothing was connected. If that was not what you wanted, "
        "choose {network} once more.",
    ),
    "missing_scope": Problem(
        FAILED,
        "missing_scope",
        "{network} did not let us see what is needed. Choose {network} once more and leave everything "
        "ticked that its page marks as needed.",
    ),
    "not_connectable": Problem(
        FAILED,
        "not_connectable",
        "That {network} account cannot be connected: it takes {account_types}. Change "
        "it in the app of {network}, or sign in there with another account, and choose {network} once "
        "more.",
    ),
    "wrong_user": Problem(
        FAILED,
        "wrong_user",
        "You signed in at {network} with another account than {account}. Sign in there as {account}, "
        "and choose {network} once more.",
    ),
    "gone": Problem(
        FAILED,
        "gone",
        "{network} says that this account does not exist any more, or is suspended. Choose another account there.",
    ),
    "locked": Problem(
        FAILED,
        "locked",
        "{network} has locked this account until you do something there. Open {network}, follow what it "
        "says, and come back.",
    ),
    "mix_up": Problem(
        FAILED, "mix_up", "The answer did not come from {network}, so it was not used. Choose {network} once more."
    ),
    "refused": Problem(FAILED, "refused", "{network} did not confirm that account. Choose {network} once more."),
    "late": Problem(
        "invalid_access_token",
        "late",
        "The answer of {network} came too late, or was used before. Choose {network} once more: nothing "
        "was connected yet.",
    ),
    "taken": Problem(
        "network_already_connected",
        "taken",
        "That {network} account is connected to somebody else here. If it is yours, disconnect it there "
        "first, or write to us.",
    ),
    "limit": Problem(
        "network_limit_reached",
        "limit",
        "You have as many networks as can be connected. Disconnect one in the app first.",
    ),
    "unavailable": Problem(
        "provider_unavailable",
        "unavailable",
        "{network} gives no answer at the moment. Nothing is wrong with your account: try once more in a minute.",
    ),
    "our_fault": Problem(
        "provider_unavailable",
        "our_fault",
        "{network} did not understand our request. That is our fault and not yours, and we have been "
        "told. Try again later.",
    ),
    "closed": Problem(
        "provider_unavailable", "closed", "{network} cannot be connected at the moment. Try again later."
    ),
    "busy": Problem(
        "rate_limited", "busy", "That were many tries. Wait a few minutes, and choose {network} once more."
    ),
    "cookie": Problem(
        "access_denied",
        "cookie",
        "Your browser did not send our cookie back, without which we cannot know that it is you who "
        "goes on. Allow cookies for this page, and choose once more.",
    ),
    "not_offered": Problem(
        "validation_error", "not_offered", "That network is not offered by this link. Choose one of these."
    ),
}
DENIALS = {"access_denied", "user_denied", "user_cancelled_login", "user_cancelled_authorize", "consent_required"}
PASSING = {"server_error", "temporarily_unavailable"}
OF_OUTCOMES: dict[type[Exception], str] = {
    MissingScope: "missing_scope",
    NotConnectable: "not_connectable",
    WrongUser: "wrong_user",
    Gone: "gone",
    Locked: "locked",
    TokenDead: "late",
    SpentInVain: "late",
    OurFault: "our_fault",
    Unavailable: "unavailable",
    LimitReached: "limit",
    LinkSpent: "late",
    AlreadyConnected: "taken",
}


def problem_of(refusal: Outcome | ApiError) -> str:
    """The name of the problem behind a refusal to connect."""
    return next((name for kind, name in OF_OUTCOMES.items() if isinstance(refusal, kind)), "refused")


def problem_of_error(error: str) -> str:
    """The name of the problem behind the `error` that a provider sent in place of a code."""
    return "denied" if error in DENIALS else "unavailable" if error in PASSING else "our_fault"
