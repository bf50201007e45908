from typing import Any, cast

from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from rest_framework import serializers
from rest_framework.request import Request

from connect.api.answers import Answer
from connect.api.fields import StrictBooleanField
from connect.api.views import ApiView
from connect.public_pages import page
from social_auth.notices import unsubscribing
from social_auth.notices.outbox import Group, NoticePreference


def _switches(**more: Any) -> dict[str, Any]:
    return {group.value: StrictBooleanField(help_text=f"Mails about {group.label}", **more) for group in Group}


NoticesInput = type("NoticesInput", (serializers.Serializer,), _switches(required=False))
NoticesAnswer = type("NoticesAnswer", (serializers.Serializer,), _switches())


class AccountNotices(ApiView):
    """Which mails the caller gets: read with an empty body, changed with those that are to be on or off.

    Mails about a sign-in, about an account that somebody else has proven, and about an erasure cannot be switched off.
    """

    input_class = NoticesInput
    answer_class = NoticesAnswer

    def post(self, request: Request) -> Answer:
        changes, user_id = self.input(request), cast(int, request.user.pk)
        row = NoticePreference.write(user_id, changes, timezone.now()) if changes else NoticePreference.of(user_id)
        return Answer(row.wanted)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe_page(request: HttpRequest, token: str) -> HttpResponse:
    """A GET changes nothing, as mail scanners open links; the button, or a mail program's POST, unsubscribes."""
    try:
        user_id, group = unsubscribing.read(token)
    except BadSignature:
        return page(request, "notices/unsubscribe.html", {}, status=404)
    if request.method == "POST":
        unsubscribing.unsubscribe(user_id, group)
    return page(request, "notices/unsubscribe.html", {"group": group, "done": request.method == "POST"})
