"""What was looked at, and how it is: a line for people, an object for machines, a number for scripts."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

OK, WARNING, ERROR = "ok", "warning", "error"
CODES = {OK: 0, WARNING: 1, ERROR: 2}
"""What a command exits with when this is the worst that it found."""


@dataclass(frozen=True)
class Finding:
    level: str
    about: str
    message: str

    def __str__(self) -> str:
        return f"{self.level:<8} {self.about:<28} {self.message}"


def code_of(findings: Iterable[Finding]) -> int:
    return max((CODES[one.level] for one in findings), default=0)


def as_json(findings: Iterable[Finding]) -> str:
    told = list(findings)
    worst = max(told, key=lambda one: CODES[one.level], default=Finding(OK, "", ""))
    return json.dumps({"status": worst.level, "findings": [asdict(one) for one in told]}, indent=2)
