"""All that we hold of a person, table by table, as the registry says."""

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
    "connect.Decision": "staff",
    "assets.Asset": "network__user",
    "assets.Discovery": "network__user",
    "credentials.Credential": "network__user",
    "credentials.Revocation": "network__user",
    "notices.MailedEvent": "mail__user",
    "notices.WebhookDelivery": "event__user",
}
"""How a table leads to the person, where that is not by `user`."""


def everything(user: Any) -> dict[str, list[dict[str, Any]]]:
    """What is told of each table; tables with nothing of that person are there and empty."""
    return {label: list(rows_of(label, user).values(*told)) for label in PERSONAL if (told := columns(label, "told"))}


def rows_of(label: str, user: Any) -> Any:
    """The rows of a table that are about that person, oldest first."""
    model = apps.get_model(label)
    if model is FollowerReading:
        return model._default_manager.filter(_readings(user)).order_by("pk")
    for record in kinds().values():
        if model is event_model(record):
            mine = list(record._default_manager.filter(user=user).values_list("pk", flat=True))
            return model._default_manager.filter(pgh_obj_id__in=mine).order_by("pk")
    return model._default_manager.filter(**{PATHS.get(label, "user"): user.pk}).order_by("pk")


def event_model(record: Any) -> Any:
    """The table of a kind of record's audit trail."""
    return record._meta.get_field("events").related_model


def _readings(user: Any) -> Q:
    found = Q(pk__in=[])
    for record in kinds().values():
        mine = list(record._default_manager.filter(user=user).values_list("pk", flat=True))  # for the index
        found |= Q(content_type=ContentType.objects.get_for_model(record), object_id__in=mine)
    return found
