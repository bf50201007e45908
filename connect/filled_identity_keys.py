"""Identity keys of rows that were written before there were any, and staff's notice of what turns out to be one."""

from collections.abc import Callable, Iterable
from typing import Any

import orjson
from django.db import connection, transaction
from django.utils import timezone

from connect.flags import Flag, with_flag
from connect.identity_keys import identity_keys
from connect.json_columns import merged

AT_ONCE = 1_000
Told = Callable[[Any], tuple[str, Iterable[str]]]
FILL = """
UPDATE {table} AS row SET identity_keys = told.keys
FROM jsonb_to_recordset(%s::jsonb) AS told (id bigint, keys text[]) WHERE row.id = told.id
"""
TWICE = """
SELECT DISTINCT unnest(ids) FROM (
    SELECT array_agg(id) AS ids FROM (
        SELECT id, network, external_id, url, unnest(identity_keys) AS key FROM {table}
        WHERE status <> 'disconnected' OR disconnected_from = 'suspended'
    ) AS named
    GROUP BY network, key HAVING min(external_id) <> max(external_id) AND min(url) <> max(url)
) AS same ORDER BY 1
"""


def names_of_record(row: Any) -> tuple[str, Iterable[str]]:
    return row.network, [row.external_id, row.url, row.provider_uid or "", row.provider_alias]


def fill(rows: Any, names_of: Told = names_of_record) -> int:
    """Give these rows their keys as far as they have none, a bounded batch a transaction; return how many it were."""
    last, filled = 0, 0
    while batch := _fill_once(rows.filter(identity_keys=[], pk__gt=last), names_of):
        last, filled = batch[-1], filled + len(batch)
    return filled


def flag_doubles(model: Any) -> int:
    """Tell staff of records that are of one account and were not known to be: it is theirs to decide what they are.

    Those with the same id or URL were flagged when they were claimed, and what was told once is not told again, as
    staff may have answered it. Returns how many are flagged now.
    """
    with connection.cursor() as cursor:
        cursor.execute(TWICE.format(table=model._meta.db_table))
        found = [pk for (pk,) in cursor.fetchall()]
    now = timezone.now()
    details = merged("flag_details", {Flag.SAME_IDENTITY.value: {"at": now.date().isoformat()}})
    flagged = 0
    for ids in (found[start : start + AT_ONCE] for start in range(0, len(found), AT_ONCE)):
        news = model.objects.filter(pk__in=ids).exclude(status="disconnected")
        news = news.exclude(flag_details__has_key=Flag.SAME_IDENTITY.value)
        flagged += news.update(flags=with_flag(Flag.SAME_IDENTITY), flag_details=details, flagged_at=now)
    return flagged


@transaction.atomic
def _fill_once(rows: Any, names_of: Told) -> list[int]:
    batch = list(rows.select_for_update(no_key=True, of=("self",)).order_by("pk")[:AT_ONCE])
    told = [{"id": row.pk, "keys": identity_keys(*names_of(row))} for row in batch]
    with connection.cursor() as cursor:
        cursor.execute(FILL.format(table=rows.model._meta.db_table), [orjson.dumps(told).decode()])
    return [row.pk for row in batch]
