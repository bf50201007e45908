"""The feed: what happened to the caller's records, to catch up with from wherever one was."""

from typing import Any, cast

from rest_framework import serializers
from rest_framework.request import Request

from connect.api.answers import Answer
from connect.api.fields import CursorField, StrictIntegerField
from connect.api.views import ApiView
from connect.events.catalogue import EVENT_CHOICES
from connect.events.models import Event

MOST = 500


class EventsInput(serializers.Serializer[Any]):
    cursor = CursorField()
    limit = StrictIntegerField(min_value=1, max_value=MOST, required=False, default=100)


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
        asked = self.input(request)
        cursor, limit = asked.get("cursor") or 0, asked["limit"]
        mine = Event.objects.filter(user_id=cast(int, request.user.pk))
        mine.number()
        found = list(mine.filter(position__gt=cursor).in_order()[: limit + 1])
        last = found[:limit][-1].position if found else cursor
        told = [row.body for row in found[:limit]]
        return Answer({"events": told, "next_cursor": str(last), "more": len(found) > limit})
