"""The event feed: what happened to the caller's records since the cursor."""

from typing import Any, cast

from rest_framework import serializers
from rest_framework.request import Request

from connect.api.answers import Answer
from connect.api.fields import CursorField, StrictIntegerField
from connect.api.views import ApiView
from connect.events.catalogue import EVENT_CHOICES
from connect.events.models import Event

MAX_LIMIT = 500


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
        own_events = Event.objects.filter(user_id=cast(int, request.user.pk))
        own_events.number()
        rows = list(own_events.filter(position__gt=cursor).in_order()[: limit + 1])
        last = rows[:limit][-1].position if rows else cursor
        bodies = [row.body for row in rows[:limit]]
        return Answer({"events": bodies, "next_cursor": str(last), "more": len(rows) > limit})
