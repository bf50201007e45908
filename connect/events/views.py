"""The event feed: what happened to the caller's records since the cursor."""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from rest_framework import serializers
from rest_framework.request import Request

from connect.api.answers import Answer
from connect.api.fields import CursorField, StrictIntegerField
from connect.api.views import ApiView
from connect.database.prepared import prepared
from connect.events.catalogue import EVENT_CHOICES
from connect.events.models import Event

MAX_LIMIT = 500
UNNUMBERED = "SELECT 1 FROM connect_event WHERE user_id = %s AND position IS NULL LIMIT 1"
FEED = """
SELECT position, uid, type, created_at, data FROM connect_event
WHERE user_id = %s AND position > %s AND data <> '{}' ORDER BY position LIMIT %s
"""
"""As `Event.objects.in_order`."""


class EventsInput(serializers.Serializer[Any]):
    cursor = CursorField()
    limit = StrictIntegerField(min_value=1, max_value=MAX_LIMIT, required=False, default=100)


class EventAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    type = serializers.ChoiceField(choices=EVENT_CHOICES)
    created_at = serializers.DateTimeField()
    data = serializers.DictField()  # type: ignore[assignment]


class EventsAnswer(serializers.Serializer[Any]):
    events = EventAnswer(many=True)
    next_cursor = serializers.CharField(help_text="Send it next time; it never ends")
    more = serializers.BooleanField(help_text="Whether there is more at this moment")


class EventFeed(ApiView):
    """Oldest first. Keep `next_cursor`, and ask again with it: nothing is left out and nothing comes twice."""

    writes = False
    input_class = EventsInput
    answer_class = EventsAnswer

    def post(self, request: Request) -> Answer:
        query = self.input(request)
        cursor, limit = query.get("cursor") or 0, query["limit"]
        if prepared(UNNUMBERED, [request.user.pk]):
            Event.objects.number()
        rows = prepared(FEED, [request.user.pk, cursor, limit + 1])
        last = rows[:limit][-1][0] if rows else cursor
        bodies = [_body(*row) for row in rows[:limit]]
        return Answer({"events": bodies, "next_cursor": str(last), "more": len(rows) > limit})


def _body(position: int, uid: UUID, name: str, created_at: datetime, data: str) -> dict[str, Any]:
    """As `Event.body`; `data` is JSON text already."""
    return {"id": uid, "type": name, "created_at": created_at, "data": orjson.Fragment(data)}
