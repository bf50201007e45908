"""A provider's errors as a table that a person can read. The first rule that fits gives the Outcome."""

import re
from dataclasses import dataclass
from enum import StrEnum

from social_auth.wire.outcomes import Outcome, RateLimited, Unavailable, Unclear


class About(StrEnum):
    """The credential that a call carried: it decides whose fault the same refusal is."""

    TOKEN = "token"
    CODE = "code"  # a posted code, and our client id and secret
    GRANT = "grant"  # a refresh token, and our client id and secret
    CLIENT = "client"  # our own keys alone


@dataclass(frozen=True)
class Facts:
    """An error answer in the fields that rules match."""

    status: int
    code: str = ""
    subcode: str = ""
    kind: str = ""
    text: str = ""
    about: About = About.TOKEN


@dataclass(frozen=True)
class Rule:
    """One row of a provider's table of errors. Patterns match a whole field; `text` matches anywhere, in any case."""

    outcome: type[Outcome]
    meaning: str
    status: int | str | None = None
    code: str | None = None
    subcode: str | None = None
    kind: str | None = None
    text: str | None = None
    about: str | None = None
    field: str = ""
    """The posted field that is to blame, if it is not the credential itself."""

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

    def allowed_for(self, facts: Facts) -> bool:
        """Whether the status allows the Outcome: with 429 or 5xx the body is not believed if it condemns an account."""
        return issubclass(self.outcome, Unavailable) or not (facts.status == 429 or facts.status >= 500)


LAST_RULES = (
    Rule(RateLimited, "too many requests", status=429),
    Rule(Unavailable, "an outage by OAuth's word for it", code="server_error|temporarily_unavailable"),
    Rule(Unavailable, "too slow, or too early, by its own word", status="408|425"),
    Rule(Unclear, "a refusal that no rule knows: somebody must look at it", status="4.."),
    Rule(Unavailable, "anything else: nothing is known, nothing changes"),
)
