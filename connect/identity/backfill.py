"""After an upgrade: writes missing identity keys, and flags records that turn out to be of one account."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import connection, transaction
from django.utils import timezone

from connect.database.json_columns import merged
from connect.identity.identity_keys import AMBIGUOUS, ERASED, identity_keys, unambiguous_uid
from connect.moderation.flags import Flag, with_flag
from connect.network_table import URLS

AT_ONCE = 1_000
FILL = """
UPDATE {table} AS row SET {keys} FROM jsonb_to_recordset(%s::jsonb) AS new (id bigint, keys text[])
WHERE row.id = new.id
"""
SAME_ACCOUNT = """
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
"""Finds the records that share a key. An ambiguous id (`?maya`) counts for every key that it may stand for."""


@dataclass(frozen=True)
class KeyColumns:
    """The columns of a table from which identity keys are made, and those in which they are stored."""

    columns: tuple[str, ...]
    stored: tuple[str, ...]
    assignments: str
    """SQL that sets the latter from `keys`."""
    uid: str = ""
    """The column of the provider's id, if it is not one of `columns`."""
    limit: int | None = None
    """How many keys can be stored."""

    def missing(self, row: dict[str, Any]) -> list[str] | None:
        """The keys that the row should have, or None if it lacks none.

        An erased row is left alone, as its keys were made from ids that are gone. Of a proven row only the key of its
        id is required: each reading writes the others, and its URL may be an old one.
        """
        network, *names = (row[column] for column in self.columns)
        stored = {*_flat(row[column] for column in self.stored)}
        if stored and names[0].startswith(ERASED):
            return None
        uids = [unambiguous_uid(network, row[self.uid])] if self.uid and row[self.uid] else []
        must = identity_keys(network, [names[0], *uids])[:1] if uids else identity_keys(network, _flat(names))
        return None if stored and {*must} <= stored else identity_keys(network, [*_flat(names), *uids])[: self.limit]


RECORDS = KeyColumns(
    ("network", "external_id", "url"),
    ("identity_key", "other_identity_key"),
    "identity_key = COALESCE(keys[1], ''), other_identity_key = COALESCE(keys[2], '')",
    uid="provider_uid",
    limit=2,
)
ASSETS = KeyColumns(
    ("network__network", "provider_uid", "url", "names"),
    ("identity_keys",),
    "identity_keys = keys",
)


def fill(records: Any) -> int:
    """Write the keys that these records lack, in small transactions; return how many lacked one.

    Keys are written with each record, so only records that a process of an older version wrote lack any.
    """
    return _fill(records, RECORDS)


def fill_assets(assets: Any) -> int:
    """The same for assets, which store all of their keys."""
    return _fill(assets, ASSETS)


def flag_duplicates(model: Any) -> int:
    """Flag records that turn out to be of one account, for staff to decide about; return how many were flagged.

    Records of several creators with the same id or URL were flagged when they were claimed. A record that has ever been
    flagged for this is left out, as staff may have dismissed the flag.
    """
    with connection.cursor() as cursor:
        networks, before = zip(*_forms_of_open_ids(), strict=True)
        cursor.execute(SAME_ACCOUNT.format(table=model._meta.db_table), [[*networks], [*before], AMBIGUOUS])
        ids_found = [pk for (pk,) in cursor.fetchall()]
    now = timezone.now()
    details = merged("flag_details", {Flag.SAME_IDENTITY.value: {"at": now.date().isoformat()}})
    flagged = 0
    for ids in (ids_found[start : start + AT_ONCE] for start in range(0, len(ids_found), AT_ONCE)):
        unflagged = model.objects.filter(pk__in=ids).exclude(status="disconnected")
        unflagged = unflagged.exclude(flag_details__has_key=Flag.SAME_IDENTITY.value)
        flagged += unflagged.update(flags=with_flag(Flag.SAME_IDENTITY), flag_details=details, flagged_at=now)
    return flagged


def _forms_of_open_ids() -> Iterator[tuple[str, str]]:
    """The prefixes of the keys that an ambiguous id may stand for, for each network that has such ids."""
    for network, rules in URLS.items():
        for _, forms in rules.ids:
            yield from ((str(network), form.removesuffix("{id}")) for form in forms if len(forms) > 1)


def _fill(rows: Any, columns: KeyColumns) -> int:
    last = filled = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk").values("pk", *_read(columns))[:AT_ONCE]):
        last = batch[-1]["pk"]
        lacking = [row["pk"] for row in batch if columns.missing(row)]
        filled += _fill_these(rows.filter(pk__in=lacking), columns) if lacking else 0
    return filled


def _read(columns: KeyColumns) -> tuple[str, ...]:
    return tuple(filter(None, (*columns.columns, *columns.stored, columns.uid)))


@transaction.atomic
def _fill_these(rows: Any, columns: KeyColumns) -> int:
    """Lock and fill these rows: a concurrent change to one of them waits, or is seen here."""
    locked = rows.select_for_update(no_key=True, of=("self",)).order_by("pk").values("pk", *_read(columns))
    new_keys = [{"id": row["pk"], "keys": keys} for row in locked if (keys := columns.missing(row))]
    with connection.cursor() as cursor:
        cursor.execute(
            FILL.format(table=rows.model._meta.db_table, keys=columns.assignments), [orjson.dumps(new_keys).decode()]
        )
    return len(new_keys)


def _flat(names: Iterable[Any]) -> Iterator[str]:
    """The names, of which some are lists of names, without empty ones."""
    for name in names:
        yield from filter(None, name if isinstance(name, list) else [name])
