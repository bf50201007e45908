"""One delivery: signed with every live secret, to the address that was checked, without following redirects."""

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from standardwebhooks import Webhook
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Timeout
from urllib3.exceptions import HTTPError

from social_auth.webhooks.addresses import Refused, check_url, public_address

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 15.0


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
    except (HTTPError, OSError, UnicodeError) as error:
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
    parts = check_url(url)
    host, tls = str(parts.hostname), parts.scheme == "https"
    port = parts.port or (443 if tls else 80)
    address = public_address(host, port)  # connected to as it was checked: a second look-up could say another one
    timeout = Timeout(connect=CONNECT_SECONDS, total=ANSWER_SECONDS)
    kind: Any = HTTPSConnectionPool if tls else HTTPConnectionPool
    named = {"server_hostname": host, "assert_hostname": host} if tls else {}
    with kind(address, port, timeout=timeout, retries=False, **named) as pool:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = headers | {"Host": parts.netloc}
        answer = pool.urlopen("POST", path, body=body, headers=headers, redirect=False, preload_content=False)
        answer.close()  # what it says beside its status is nobody's concern
        return Sent(answer.status)
