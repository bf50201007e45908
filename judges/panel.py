"""Who judges what, and how a judge's process is spoken with."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HOME = Path(__file__).parent
PYTHON = HOME.parent / ".venv-judges" / "bin" / "python"


@dataclass(frozen=True)
class Seat:
    """An SDK and the networks whose jobs it does."""

    name: str
    networks: tuple[str, ...]
    only: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The jobs that a network has for it, where it cannot do all."""

    def can_be_asked(self, network: str, job: str) -> bool:
        return job in self.only.get(network, (job,))

    @property
    def command(self) -> list[str]:
        if self.name == "twitter-api-v2":
            return ["node", str(HOME / "node" / "twitter_api_v2.cjs")]
        return [str(PYTHON), "-m", f"judges.sdks.{self.name.replace('-', '_')}"]


FACEBOOK_JOBS = ("authorize", "exchange", "refresh", "prove", "profile", "pages", "revoke")
WITHOUT_SCOPES = ("dead token", "limited", "outage", "gone")
"""What is refused there; a profile can be read without any scope."""
PANEL = (
    Seat("tweepy", ("twitter",)),
    Seat("xdk", ("twitter",)),
    Seat("twitter-api-v2", ("twitter",)),
    Seat("facebook-business", ("facebook",), {"facebook": ("batch", *FACEBOOK_JOBS, *WITHOUT_SCOPES)}),
    Seat(
        "python-facebook-api",
        ("facebook", "instagram"),
        {
            "facebook": (*FACEBOOK_JOBS, *WITHOUT_SCOPES),
            "instagram": ("exchange", "refresh", "profile", "missing scope", *WITHOUT_SCOPES),
        },
    ),
    Seat("google-auth", ("youtube",)),
    Seat("google-api-python-client", ("youtube",)),
    Seat("pinterest-api-sdk", ("pinterest",)),
    Seat("linkedin-api-client", ("linkedin",)),
    Seat(
        "authlib",
        ("youtube", "twitter", "linkedin", "pinterest", "facebook", "instagram"),
        {
            "pinterest": ("authorize", "exchange", "refresh", "spent grant"),
            **dict.fromkeys(("facebook", "instagram"), ("authorize", "exchange")),
        },
    ),
)
SHAPES = Seat("shapes", ("youtube", "pinterest", "twitter", "facebook", "instagram"))
"""Not an SDK: the providers' own specifications, as packages ship them."""


class Judge:
    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.versions, self.jobs = self._read()

    def do(self, job: str, given: dict[str, Any]) -> dict[str, Any]:
        """Return what the SDK read; `failed` if it could not."""
        assert self._process.stdin is not None
        print(json.dumps([job, given]), file=self._process.stdin, flush=True)
        return self._read()

    def _read(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._process.args} said nothing more")
        return json.loads(line)


@contextmanager
def seated(seat: Seat, environment: dict[str, str]) -> Iterator[Judge]:
    process = subprocess.Popen(
        seat.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
    )
    try:
        yield Judge(process)
    finally:
        process.kill()
        process.communicate()
