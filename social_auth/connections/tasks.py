"""Tasks of connecting."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from social_auth.connections import exchanges
from social_auth.connections.models import ConnectLink


@shared_task
def give_up_exchanges(**_: Any) -> None:
    """Revoke tokens from exchanges whose call was not repeated."""
    exchanges.give_up(timezone.now())


@shared_task
def forget_links(**_: Any) -> None:
    """Delete links that ended more than a day ago."""
    ConnectLink.objects.forget(timezone.now())
