"""The result of a check, as a line for people, JSON for machines, and an exit code for scripts."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

OK, WARNING, ERROR = "ok", "warning", "error"
CODES = {OK: 0, WARNING: 1, ERROR: 2}
"""The exit code of a command by the worst level among its findings."""


@dataclass(frozen=True)
class Finding:
    level: str
    about: str
    message: str

    def __str__(self) -> str:
        return f"{self.level:<8} {self.about:<28} {self.message}"


def code_of(findings: Iterable[Finding]) -> int:
    return max((CODES[finding.level] for finding in findings), default=0)


def as_json(findings: Iterable[Finding]) -> str:
    all_findings = list(findings)
    worst = max(all_findings, key=lambda finding: CODES[finding.level], default=Finding(OK, "", ""))
    return json.dumps({"status": worst.level, "findings": [asdict(finding) for finding in all_findings]}, indent=2)
