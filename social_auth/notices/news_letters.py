"""Writes the mails about news when they are sent, so that they only contain what is still true."""

import math
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.utils import timezone

from connect.events.models import Event
from connect.moderation.kinds import kinds
from connect.moderation.workflow import Health, Status
from connect.network_table import Network
from networks.models import SocialNetwork
from social_auth.notices.letters import Footer, plain, render_letter
from social_auth.notices.news import GROUPS
from social_auth.notices.outbox import RECONNECT, Letter, Mail, NoticePreference
from social_auth.notices.reconnecting import lasts, reconnect_url
from social_auth.notices.unsubscribing import unsubscribe_url

RECONNECTED = ("ends", "broken")
"""What connecting again mends."""
REASON = 500


def letter_about(mail: Mail, to: str) -> Letter | None:
    """The letter for a mail; None if nothing in it is true any more, or its user has switched such mails off."""
    if mail.is_of_a_sign_in:
        context = {"network": Network(mail.network).label, "happened_at": mail.happened_at}
        return render_letter(f"sign_in_{mail.subject}", to, context)
    if mail.subject == RECONNECT:
        return _reconnecting(mail, to)
    group = GROUPS[mail.subject]
    if not (to and mail.user_id and NoticePreference.of(mail.user_id).wants(group)):
        return None
    items = list(_items(mail))
    if not items:
        return None
    footer = Footer(group.label, unsubscribe_url(mail)) if group else Footer()
    context = {"items": items, "first": items[0], "count": len(items)}
    return render_letter(mail.subject, to, context, links=[item["link"] for item in items], footer=footer)


def _reconnecting(mail: Mail, to: str) -> Letter | None:
    """The mail with a link that staff send. The link is made now, so that it is stored nowhere before."""
    records = SocialNetwork.objects.filter(pk=mail.record_id or 0, user=mail.user).select_related("user")
    if not to or (record := records.first()) is None:
        return None
    link = reconnect_url(record)
    return render_letter(RECONNECT, to, {"network": Network(mail.network).label, "link": link}, links=[link])


def _items(mail: Mail) -> Iterator[dict[str, Any]]:
    """Each record of the mail, once, with the newest event about it."""
    newest: dict[tuple[str, int], Event] = {}
    for mailed in mail.told.select_related("event").order_by("event__position"):
        newest[mailed.event.kind, mailed.event.object_id] = mailed.event
    for (kind, pk), event in newest.items():
        record = kinds()[kind]._default_manager.filter(pk=pk, user=mail.user).first()
        if record and _is_still_true(mail.subject, record, event):
            yield _item(mail.subject, record, event)


def _is_still_true(subject: str, record: Any, event: Event) -> bool:
    match subject:
        case "ends" | "broken":
            return lasts(event, record)
        case "recovered":
            return record.verified and record.health not in (Health.REAUTH_REQUIRED, Health.REVOKED)
        case "displaced":
            return not record.verified and record.status != Status.DISCONNECTED
    return record.status == event.data["status"]


def _item(subject: str, record: Any, event: Event) -> dict[str, Any]:
    noun = "account" if record.shape.noun == "network" else record.shape.noun
    label = Network(record.network).label
    ends_at = getattr(record, "expires_at", None)
    return {
        "what": f"{label} {noun} {plain(record.name or record.external_id)}",
        "network": label,
        "when": event.created_at,
        "reason": plain(event.data.get("reason", ""), REASON),
        "ends_at": ends_at,
        "days": math.ceil((ends_at - timezone.now()) / timedelta(days=1)) if ends_at else None,
        "link": reconnect_url(record) if subject in RECONNECTED else "",
    }
