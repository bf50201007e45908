"""The open claims, in a table that replaces an index on leases, which every claim and result changed."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models import F, Func

from connect.due_work.leases import LeaseQuerySet

FORGET = """
DELETE FROM connect_openclaim AS claim WHERE lane = %s AND NOT EXISTS (
    SELECT FROM {table} WHERE {key} = ANY(claim.ids) AND lease_token = claim.token AND lease_until IS NOT NULL
)
"""


class OpenClaimQuerySet(models.QuerySet["OpenClaim"]):
    def forget_closed(self, lane: str, rows: LeaseQuerySet) -> None:
        """Delete the claims of a lane that hold no row any more."""
        table, key = rows.model._meta.db_table, rows.model._meta.pk.column
        with connection.cursor() as cursor:
            cursor.execute(FORGET.format(table=table, key=key), [lane])

    def outstanding(self, lane: str, rows: LeaseQuerySet, now: datetime) -> LeaseQuerySet:
        """Those of the rows that a worker holds now."""
        claimed = self.filter(lane=lane).annotate(row=Func(F("ids"), function="unnest")).values("row")
        return rows.leased(now).filter(pk__in=claimed)


class OpenClaim(models.Model):
    """Rows that were claimed together. The rows themselves say which worker has them, and for how long."""

    token = models.BigIntegerField(primary_key=True)
    lane = models.CharField(max_length=64)
    ids = ArrayField(models.BigIntegerField())

    objects = OpenClaimQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{len(self.ids)} rows of {self.lane}"
