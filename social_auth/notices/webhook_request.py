"""The request of one delivery: signed with every live secret, sent to a checked address, without redirects."""

import json
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from standardwebhooks import Webhook
from urllib3.exceptions import HTTPError

from social_auth.notices.addresses import Refused, check_addresses, check_url
from social_auth.wire.transport import Client

DEADLINE = 15.0
"""Seconds for an attempt as a whole."""


@dataclass(frozen=True)
class Sent:
    """The result of an attempt: the answer's status, or 0 and why there was none."""

    status: int
    why: str = ""

    @property
    def arrived(self) -> bool:
        return 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """Whether the endpoint wants no more events."""
        return self.status == 410

    def __str__(self) -> str:
        return f"HTTP {self.status}" if self.status else self.why


def send(url: str, secrets: list[str], uid: str, kind: str, at: datetime, data: dict[str, Any]) -> Sent:
    """POST one event; never raises for anything that the other side does."""
    body = json.dumps({"type": kind, "timestamp": at, "data": data}, cls=DjangoJSONEncoder, separators=(",", ":"))
    try:
        return _post(url, body, _signed(secrets, uid, body))
    except Refused as error:
        return Sent(0, str(error))
    except (HTTPError, OSError, ValueError) as error:
        return Sent(0, type(error).__name__)


def _signed(secrets: list[str], uid: str, body: str) -> dict[str, str]:
    now = datetime.fromtimestamp(
        int(time.time()), UTC
    )  # in UTC: the library signs the local time's digits as if they were UTC
    return {
        "Content-Type": "application/json",
        "User-Agent": "connect-api",
        "webhook-id": uid,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(uid, now, body) for secret in secrets),
    }


def _post(url: str, body: str, headers: dict[str, str]) -> Sent:
    check_url(url)
    answer = _client().send("POST", url, body=body, headers=headers, deadline=time.monotonic() + DEADLINE)
    answer.close()  # only the status counts; do not reuse the connection, as the next delivery checks the address again
    return Sent(answer.status)


@cache
def _client() -> Client:
    """Connects only to the addresses that were checked: a second look-up could return others."""
    return Client(check_addresses)


os.register_at_fork(after_in_child=_client.cache_clear)
