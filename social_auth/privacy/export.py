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
    return {
        label: list(rows_of(label, user).values(*names)) for label in PERSONAL if (names := columns(label, "exported"))
    }


def rows_of(label: str, user: Any) -> Any:
    """The rows of a table that are about that user, oldest first."""
    model = apps.get_model(label)
    if model is FollowerReading:
        return model._default_manager.filter(_readings(user)).order_by("pk")
    for record in kinds().values():
        if model is event_model(record):
            pks = list(record._default_manager.filter(user=user).values_list("pk", flat=True))
            return model._default_manager.filter(pgh_obj_id__in=pks).order_by("pk")
    return model._default_manager.filter(**{PATHS.get(label, "user"): user.pk}).order_by("pk")


def event_model(record: Any) -> Any:
    """The model of the audit trail of a kind of record."""
    return record._meta.get_field("events").related_model


def _readings(user: Any) -> Q:
    condition = Q(pk__in=[])
    for record in kinds().values():
        pks = list(
            record._default_manager.filter(user=user).values_list("pk", flat=True)
        )  # a list, so that the index is used
        condition |= Q(content_type=ContentType.objects.get_for_model(record), object_id__in=pks)
    return condition
