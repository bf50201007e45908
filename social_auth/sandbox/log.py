"""What the sandbox was asked, for people: no token is in it, only whose it was."""

from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime

from social_auth.sandbox.tokens import Token
from social_auth.sandbox.wire import Call, Reply

KEPT = 200
SHOWN = ("grant_type", "fields", "part", "ids", "id", "mine")
"""Parameters that carry no secret."""


@dataclass(frozen=True)
class Line:
    at: datetime
    method: str
    url: str
    parameters: str
    status: int
    network: str
    account: str
    state: str


class CallLog:
    def __init__(self) -> None:
        self._lines: deque[Line] = deque(maxlen=KEPT)

    def add(self, call: Call, reply: Reply, token: Token | None) -> None:
        shown = " ".join(f"{name}={call.params[name][:60]}" for name in SHOWN if name in call.params)
        self._lines.appendleft(
            Line(
                at=datetime.now(UTC),
                method=call.method,
                url=f"{call.host}{call.path}",
                parameters=shown,
                status=reply.status,
                network=token.network if token else "",
                account=token.account if token else "",
                state=token.condition if token else "",
            )
        )

    def lines(self, most: int = KEPT) -> list[Line]:
        """The latest calls, newest first."""
        return list(self._lines)[:most]

    def clear(self) -> None:
        self._lines.clear()
