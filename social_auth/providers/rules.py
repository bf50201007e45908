"""A provider's errors as a table that a person can read: the first rule that fits names the outcome."""

import re
from dataclasses import dataclass

from social_auth.outcomes import Outcome, RateLimited, Unavailable


@dataclass(frozen=True)
class Facts:
    """What an error answer says, in the terms that the rules are written in."""

    status: int
    code: str = ""
    subcode: str = ""
    kind: str = ""
    text: str = ""


@dataclass(frozen=True)
class Rule:
    """One row of a provider's table of errors: the first that fits names the outcome. Patterns match from the start."""

    outcome: type[Outcome]
    meaning: str
    status: int | None = None
    code: str | None = None
    subcode: str | None = None
    kind: str | None = None
    text: str | None = None

    def fits(self, facts: Facts) -> bool:
        patterns = ((self.code, facts.code), (self.subcode, facts.subcode), (self.kind, facts.kind))
        return (
            self.status in (None, facts.status)
            and all(pattern is None or re.fullmatch(pattern, value) for pattern, value in patterns)
            and (self.text is None or re.search(self.text, facts.text, re.IGNORECASE) is not None)
        )

    def may_say(self, facts: Facts) -> bool:
        """A provider that is limiting us or failing is in no state to condemn an account, whatever its body says."""
        return issubclass(self.outcome, Unavailable) or not (facts.status == 429 or facts.status >= 500)


LAST_RULES = (
    Rule(RateLimited, "too many requests", status=429),
    Rule(Unavailable, "anything else: nothing is known, nothing changes"),
)
