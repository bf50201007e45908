"""When accounts are read next, in a narrow table that replaces an index of the record's table.

Each reading changes that moment. With an index on it, PostgreSQL wrote every other index of the record's table as well;
here it writes a row of three columns. A trigger keeps the table in step with the records.
"""

from datetime import datetime
from typing import Any, Self

import pgtrigger
from django.db import connection, models
from django.db.models import F

from connect.models import SocialResourceQuerySet
from connect.network_table import Network

CHANGED = pgtrigger.UpdateOf("next_refresh_at")  # type: ignore[no-untyped-call]
KEEP = """
IF TG_OP = 'UPDATE' AND NEW.next_refresh_at IS NOT DISTINCT FROM OLD.next_refresh_at THEN
    RETURN NULL;
ELSIF TG_OP = 'DELETE' OR NEW.next_refresh_at IS NULL THEN
    DELETE FROM networks_duereading WHERE network_id = OLD.id;
    RETURN NULL;
END IF;
UPDATE networks_duereading SET due_at = NEW.next_refresh_at WHERE network_id = NEW.id;
IF NOT FOUND THEN
    INSERT INTO networks_duereading (network_id, provider, due_at) VALUES (NEW.id, NEW.network, NEW.next_refresh_at)
    ON CONFLICT (network_id) DO UPDATE SET due_at = EXCLUDED.due_at;
END IF;
RETURN NULL;
"""


OLD_INDEXES = ("socialnetwork_due", "socialnetwork_leased")
"""The indexes with which 0.1.0 finds due readings. While one exists, each reading still writes all indexes."""


class DueReading(models.Model):
    """Where a planner looks for due readings. The record itself says whether it is due."""

    network = models.OneToOneField(
        "networks.SocialNetwork",
        on_delete=models.DO_NOTHING,  # the trigger deletes it, after the record: in the order in which others lock them
        db_constraint=False,
        primary_key=True,
        related_name="due_reading",
    )
    provider = models.CharField(max_length=16, choices=Network.choices, editable=False)
    due_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["provider", "due_at"], name="due_reading")]

    def __str__(self) -> str:
        return f"reading of network {self.pk}"


class NetworkQuerySet(SocialResourceQuerySet):  # type: ignore[override]
    def due(self, now: datetime) -> Self:
        return super().due(now).filter(due_reading__provider=F("network"), due_reading__due_at__lte=now)

    def longest_due_first(self) -> Self:
        return self.order_by("due_reading__due_at", "due_reading__network_id")


def with_due_readings(model: type[Any]) -> type[Any]:
    """Class decorator: keep a row of `DueReading` for every record that is to be read."""
    trigger = pgtrigger.Trigger(
        name="due_reading",
        operation=pgtrigger.Insert | CHANGED | pgtrigger.Delete,
        when=pgtrigger.After,
        func=KEEP,
    )
    return pgtrigger.register(trigger)(model)


def drop_old_indexes() -> int:
    """Drop OLD_INDEXES without locking the table; return how many there were."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relname = ANY(%s) AND relkind = 'i'", [[*OLD_INDEXES]])
        names = [name for (name,) in cursor.fetchall()]
        for name in names:
            cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
    return len(names)
