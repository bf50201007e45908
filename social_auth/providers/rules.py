"""A provider's errors as a table that a person can read: the first rule that fits names the outcome."""

import re
from dataclasses import dataclass
from enum import StrEnum

from social_auth.wire.outcomes import Outcome, RateLimited, Unavailable, Unclear


class About(StrEnum):
    """What a call was made with: the same refusal is somebody else's fault with each."""

    TOKEN = "token"
    CODE = "code"  # a code that was posted, and our client
    GRANT = "grant"  # what renews a token, and our client
    CLIENT = "client"  # our own keys


@dataclass(frozen=True)
class Facts:
    """What an error answer says, in the terms that the rules are written in."""

    status: int
    code: str = ""
    subcode: str = ""
    kind: str = ""
    text: str = ""
    about: About = About.TOKEN


@dataclass(frozen=True)
class Rule:
    """One row of a provider's table of errors: the first that fits names the outcome. Patterns match from the start."""

    outcome: type[Outcome]
    meaning: str
    status: int | str | None = None
    code: str | None = None
    subcode: str | None = None
    kind: str | None = None
    text: str | None = None
    about: str | None = None
    field: str = ""
    """What of that which was posted is to blame, if not the credential itself."""

    def fits(self, facts: Facts) -> bool:
        patterns = (
            (self.status, str(facts.status)),
            (self.code, facts.code),
            (self.subcode, facts.subcode),
            (self.kind, facts.kind),
            (self.about, facts.about),
        )
        return all(pattern is None or re.fullmatch(str(pattern), value) for pattern, value in patterns) and (
            self.text is None or re.search(self.text, facts.text, re.IGNORECASE) is not None
        )

    def may_say(self, facts: Facts) -> bool:
        """A provider that is limiting us or failing is in no state to condemn an account, whatever its body says."""
        return issubclass(self.outcome, Unavailable) or not (facts.status == 429 or facts.status >= 500)


LAST_RULES = (
    Rule(RateLimited, "too many requests", status=429),
    Rule(Unavailable, "an outage by OAuth's word for it", code="server_error|temporarily_unavailable"),
    Rule(Unavailable, "too slow, or too early, by its own word", status="408|425"),
    Rule(Unclear, "a refusal that no rule knows: somebody must look at it", status="4.."),
    Rule(Unavailable, "anything else: nothing is known, nothing changes"),
)
