"""The platform that is told: an endpoint of webhooks that checks what comes and keeps what it said."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

import orjson
from django.utils import timezone
from standardwebhooks import Webhook

from benchmarks.year.clock import Clock
from social_auth.notices.models import WebhookEndpoint
from social_auth.notices.webhook_request import Sent

URL = "https://platform.example.com/hooks"


class Hearing:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        endpoint = WebhookEndpoint(url=URL, description="the year's platform")
        endpoint.start()
        self.secret = Webhook(endpoint.new_secret(timezone.now()))
        self.down_until: datetime = clock.now
        self.heard: Counter[str] = Counter()
        self.excused: set[str] = set()
        """Deliveries that a killed worker may have made without saying so: whoever tells them again tells the truth."""
        self.may_repeat = False
        self.on_event: Callable[[str, datetime, dict[str, Any]], None] = lambda kind, at, data: None

    def post(self, url: str, body: str, headers: dict[str, str]) -> Sent:
        """Take the place of a delivery's HTTP call."""
        self.clock.pass_by(0.02)
        if self.clock.now < self.down_until:
            return Sent(503)
        told = self.secret.verify(body, headers)
        uid = headers["webhook-id"]
        self.heard[uid] += 1
        if self.heard[uid] == 1:
            event = told if isinstance(told, dict) else orjson.loads(body)
            self.last = uid
            self.on_event(event["type"], datetime.fromisoformat(event["timestamp"]), event["data"])
        return Sent(200)

    def told_again(self) -> int:
        return sum(count > 1 and uid not in self.excused for uid, count in self.heard.items())
