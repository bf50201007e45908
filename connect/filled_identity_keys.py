"""Identity keys of rows that were written before there were any, and staff's notice of what turns out to be one."""

from itertools import chain
from typing import Any

import orjson
from django.db import connection, transaction
from django.utils import timezone

from connect.flags import Flag, with_flag
from connect.identity_keys import identity_keys
from connect.json_columns import merged

AT_ONCE = 1_000
FILL = """
UPDATE {table} AS row SET {keys} FROM jsonb_to_recordset(%s::jsonb) AS told (id bigint, keys text[])
WHERE row.id = told.id
"""
KEYS_OF_RECORDS = "identity_key = COALESCE(keys[1], ''), other_identity_key = COALESCE(keys[2], '')"
KEYS_OF_ASSETS = "identity_keys = keys"
TWICE = """
SELECT DISTINCT unnest(ids) FROM (
    SELECT array_agg(id) AS ids FROM (
        SELECT id, network, external_id, url, unnest(ARRAY[identity_key, other_identity_key]) AS key FROM {table}
        WHERE status <> 'disconnected' OR disconnected_from = 'suspended'
    ) AS named
    WHERE key <> ''
    GROUP BY network, key HAVING min(external_id) <> max(external_id) AND min(url) <> max(url)
) AS same ORDER BY 1
"""


def fill(records: Any) -> int:
    """Give these records their keys as far as they have none, so many a transaction; return how many it were."""
    columns = ("pk", "network", "external_id", "url", "provider_uid", "provider_alias")
    return _fill(records.filter(identity_key=""), columns, KEYS_OF_RECORDS)


def fill_assets(assets: Any) -> int:
    """The same for assets, which keep all of their keys."""
    columns = ("pk", "network__network", "provider_uid", "url", "names")
    return _fill(assets.filter(identity_keys=[]), columns, KEYS_OF_ASSETS)


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


def _fill(rows: Any, columns: tuple[str, ...], keys: str) -> int:
    last = filled = 0
    while pks := _fill_once(rows.filter(pk__gt=last), columns, keys):
        last, filled = pks[-1], filled + len(pks)
    return filled


@transaction.atomic
def _fill_once(rows: Any, columns: tuple[str, ...], keys: str) -> list[int]:
    locked = rows.select_for_update(no_key=True, of=("self",)).order_by("pk")[:AT_ONCE]
    told = [{"id": pk, "keys": _keys(network, names)} for pk, network, *names in locked.values_list(*columns)]
    with connection.cursor() as cursor:
        cursor.execute(FILL.format(table=rows.model._meta.db_table, keys=keys), [orjson.dumps(told).decode()])
    return [row["id"] for row in told]


def _keys(network: str, names: list[Any]) -> list[str]:
    """The keys of what goes by these names, of which some are lists of names."""
    told = (name if isinstance(name, list) else [name] for name in names)
    return identity_keys(network, chain.from_iterable(told))
