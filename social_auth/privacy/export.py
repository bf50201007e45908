"""The export of a user's data, table by table, of the columns that `columns.py` marks as exported."""

from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q

from connect.history import FollowerReading
from connect.moderation.kinds import kinds
from social_auth.privacy.columns import PERSONAL, columns

PATHS = {
    "connect.User": "pk",
    "account.EmailConfirmation": "email_address__user",
    "socialaccount.SocialToken": "account__user",
    "connect.Review": "staff",
    "connect.BulkDecision": "staff",
    "connect.Decision": "staff",
    "assets.Asset": "network__user",
    "assets.Discovery": "network__user",
    "credentials.Credential": "network__user",
    "credentials.Revocation": "network__user",
    "notices.MailedEvent": "mail__user",
    "notices.WebhookDelivery": "event__user",
}
"""The lookup from a table to the user, where it is not `user`."""


def export_of(user: Any) -> dict[str, list[dict[str, Any]]]:
    """The exported columns of the user's rows by table; a table without rows is an empty list."""
    own = own_records(user)
    return {
        label: list(rows_of(label, user, own).values(*names))
        for label in PERSONAL
        if (names := columns(label, "exported"))
    }


def own_records(user: Any) -> dict[Any, list[int]]:
    """The ids of the user's records by kind; as lists, so that what refers to them is found by its index."""
    return {
        kind: list(kind._default_manager.filter(user=user).values_list("pk", flat=True)) for kind in kinds().values()
    }


def rows_of(label: str, user: Any, own: dict[Any, list[int]]) -> Any:
    """The rows of a table that are about that user and their own records, oldest first."""
    model = apps.get_model(label)
    if model is FollowerReading:
        return model._default_manager.filter(_readings(own)).order_by("pk")
    for kind, pks in own.items():
        if model is event_model(kind):
            return model._default_manager.filter(pgh_obj_id__in=pks).order_by("pk")
    return model._default_manager.filter(**{PATHS.get(label, "user"): user.pk}).order_by("pk")


def event_model(record: Any) -> Any:
    """The model of the audit trail of a kind of record."""
    return record._meta.get_field("events").related_model


def _readings(own: dict[Any, list[int]]) -> Q:
    condition = Q(pk__in=[])
    for kind, pks in own.items():
        condition |= Q(content_type=ContentType.objects.get_for_model(kind), object_id__in=pks)
    return condition
