"""Identity keys of rows that an older version wrote, and staff's notice of what turns out to be one account."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import connection, transaction
from django.utils import timezone

from connect.database.json_columns import merged
from connect.identity.identity_keys import ERASED, OPEN, identity_keys, named_by_provider
from connect.moderation.flags import Flag, with_flag
from connect.network_table import URLS

AT_ONCE = 1_000
FILL = """
UPDATE {table} AS row SET {keys} FROM jsonb_to_recordset(%s::jsonb) AS told (id bigint, keys text[])
WHERE row.id = told.id
"""
TWICE = """
WITH named AS (
    SELECT id, user_id, network, external_id, url, unnest(ARRAY[identity_key, other_identity_key]) AS key FROM {table}
    WHERE status <> 'disconnected' OR disconnected_from = 'suspended'
), meant AS (
    SELECT id, user_id, network, external_id, url, key FROM named WHERE key <> ''
    UNION ALL
    SELECT id, user_id, network, external_id, url, form.before || substr(key, 2) FROM named
    JOIN unnest(%s::text[], %s::text[]) AS form (network, before) USING (network) WHERE starts_with(key, %s)
)
SELECT DISTINCT unnest(ids) FROM (
    SELECT array_agg(id) AS ids FROM meant
    GROUP BY network, key HAVING (min(external_id) <> max(external_id) AND min(url) <> max(url))
        OR count(DISTINCT user_id) < count(DISTINCT id)
) AS same ORDER BY 1
"""
"""An id that leaves open what it is means each that it may be."""


@dataclass(frozen=True)
class Kept:
    """How a table keeps identity keys: by what its rows go, and where the keys are."""

    columns: tuple[str, ...]
    stored: tuple[str, ...]
    written: str
    uid: str = ""
    """The column of its provider's id, if that is not one of those."""
    most: int | None = None
    """How many keys there is room for."""

    def missing(self, row: dict[str, Any]) -> list[str] | None:
        """The keys that the row should have, if it lacks one of them; an erased one's were made of what is gone.

        A proven one lacks that of its id, if any: the rest is written with each reading, and its URL may be an old one.
        """
        network, *names = (row[column] for column in self.columns)
        stored = {*_flat(row[column] for column in self.stored)}
        if stored and names[0].startswith(ERASED):
            return None
        uids = [named_by_provider(network, row[self.uid])] if self.uid and row[self.uid] else []
        must = identity_keys(network, [names[0], *uids])[:1] if uids else identity_keys(network, _flat(names))
        return None if stored and {*must} <= stored else identity_keys(network, [*_flat(names), *uids])[: self.most]


RECORDS = Kept(
    ("network", "external_id", "url"),
    ("identity_key", "other_identity_key"),
    "identity_key = COALESCE(keys[1], ''), other_identity_key = COALESCE(keys[2], '')",
    uid="provider_uid",
    most=2,
)
ASSETS = Kept(
    ("network__network", "provider_uid", "url", "names"),
    ("identity_keys",),
    "identity_keys = keys",
)


def fill(records: Any) -> int:
    """Give these records the keys that they lack, so many a transaction; return how many lacked one.

    Keys are made when a record is written: one that a process of an older version wrote has none, or those of before.
    """
    return _fill(records, RECORDS)


def fill_assets(assets: Any) -> int:
    """The same for assets, which keep all of their keys."""
    return _fill(assets, ASSETS)


def flag_doubles(model: Any) -> int:
    """Tell staff of records that are of one account and were not known to be: it is theirs to decide what they are.

    Those of several creators with the same id or URL were flagged when they were claimed, and what was told once is not
    told again, as staff may have answered it. Returns how many are flagged now.
    """
    with connection.cursor() as cursor:
        networks, before = zip(*_forms_of_open_ids(), strict=True)
        cursor.execute(TWICE.format(table=model._meta.db_table), [[*networks], [*before], OPEN])
        found = [pk for (pk,) in cursor.fetchall()]
    now = timezone.now()
    details = merged("flag_details", {Flag.SAME_IDENTITY.value: {"at": now.date().isoformat()}})
    flagged = 0
    for ids in (found[start : start + AT_ONCE] for start in range(0, len(found), AT_ONCE)):
        news = model.objects.filter(pk__in=ids).exclude(status="disconnected")
        news = news.exclude(flag_details__has_key=Flag.SAME_IDENTITY.value)
        flagged += news.update(flags=with_flag(Flag.SAME_IDENTITY), flag_details=details, flagged_at=now)
    return flagged


def _forms_of_open_ids() -> Iterator[tuple[str, str]]:
    """What stands before an id in the keys that it may have, for each network in which that is more than one."""
    for network, rules in URLS.items():
        for _, forms in rules.ids:
            yield from ((str(network), form.removesuffix("{id}")) for form in forms if len(forms) > 1)


def _fill(rows: Any, kept: Kept) -> int:
    last = filled = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk").values("pk", *_read(kept))[:AT_ONCE]):
        last = batch[-1]["pk"]
        lacking = [row["pk"] for row in batch if kept.missing(row)]
        filled += _fill_these(rows.filter(pk__in=lacking), kept) if lacking else 0
    return filled


def _read(kept: Kept) -> tuple[str, ...]:
    return tuple(filter(None, (*kept.columns, *kept.stored, kept.uid)))


@transaction.atomic
def _fill_these(rows: Any, kept: Kept) -> int:
    """Only these are locked: whoever changes one of them goes before or after."""
    locked = rows.select_for_update(no_key=True, of=("self",)).order_by("pk").values("pk", *_read(kept))
    told = [{"id": row["pk"], "keys": keys} for row in locked if (keys := kept.missing(row))]
    with connection.cursor() as cursor:
        cursor.execute(FILL.format(table=rows.model._meta.db_table, keys=kept.written), [orjson.dumps(told).decode()])
    return len(told)


def _flat(names: Iterable[Any]) -> Iterator[str]:
    """The names, of which some are lists of names, without empty ones."""
    for name in names:
        yield from filter(None, name if isinstance(name, list) else [name])
