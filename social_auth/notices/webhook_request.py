"""One delivery: signed with every live secret, to the address that was checked, without following redirects."""

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
    """What came of it: the answer's status, or 0 and why there was none."""

    status: int
    why: str = ""

    @property
    def arrived(self) -> bool:
        return 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """The endpoint says that it wants no more."""
        return self.status == 410

    def __str__(self) -> str:
        return f"HTTP {self.status}" if self.status else self.why


def send(url: str, secrets: list[str], uid: str, kind: str, at: datetime, data: dict[str, Any]) -> Sent:
    """POST one event; never raises for what the other side does."""
    body = json.dumps({"type": kind, "timestamp": at, "data": data}, cls=DjangoJSONEncoder, separators=(",", ":"))
    try:
        return _post(url, body, _signed(secrets, uid, body))
    except Refused as error:
        return Sent(0, str(error))
    except (HTTPError, OSError, ValueError) as error:
        return Sent(0, type(error).__name__)


def _signed(secrets: list[str], uid: str, body: str) -> dict[str, str]:
    now = datetime.fromtimestamp(int(time.time()), UTC)  # in UTC: the library signs the hands of the clock
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
    answer.close()  # what it says beside its status is nobody's concern; the next address is checked anew
    return Sent(answer.status)


@cache
def _client() -> Client:
    """Connected is only to what was checked: another look-up could say another address."""
    return Client(check_addresses)


os.register_at_fork(after_in_child=_client.cache_clear)
