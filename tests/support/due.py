"""What is due, of a kind of due work, and the tasks that do it."""

from django.utils import timezone

from config.celery import app
from social_auth.privacy import erasure
from social_auth.privacy.models import Erasure


def task(name):
    """The task of that name, in whichever room."""
    app.loader.import_default_modules()
    [found] = [task for path, task in app.tasks.items() if path.endswith(f".tasks.{name}")]
    return found


def due(work):
    """The ids that a planner would hand out, were there room for all."""
    now = timezone.now()
    lanes = [work.rows(lane).due(now).order_by("pk") for lane in work.lanes(now)]
    return [pk for rows in lanes for pk in rows.values_list("pk", flat=True)]


def room_for(work):
    """How many of each lane a planner would hand out now."""
    now = timezone.now()
    return {lane: work.room(lane, work.outstanding(lane, now), now) for lane in work.lanes(now)}


def erase_all():
    """Do what is left of all erasures, as workers do."""
    while pks := list(Erasure.objects.due(timezone.now()).values_list("pk", flat=True)):
        for pk in pks:
            erasure.erase(pk)
