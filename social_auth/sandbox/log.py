"""The sandbox's log of calls, for people. It names the owner of a token and never the token."""

from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime

from social_auth.sandbox.tokens import Token
from social_auth.sandbox.wire import Call, Reply

MAX_LINES = 200
SHOWN_PARAMETERS = ("grant_type", "fields", "part", "ids", "id", "mine")
"""These carry no secret."""


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
        self._lines: deque[Line] = deque(maxlen=MAX_LINES)

    def add(self, call: Call, reply: Reply, token: Token | None) -> None:
        parameters = " ".join(f"{name}={call.params[name][:60]}" for name in SHOWN_PARAMETERS if name in call.params)
        self._lines.appendleft(
            Line(
                at=datetime.now(UTC),
                method=call.method,
                url=f"{call.host}{call.path}",
                parameters=parameters,
                status=reply.status,
                network=token.network if token else "",
                account=token.account if token else "",
                state=token.condition if token else "",
            )
        )

    def lines(self, most: int = MAX_LINES) -> list[Line]:
        """The latest calls, newest first."""
        return list(self._lines)[:most]

    def clear(self) -> None:
        self._lines.clear()
