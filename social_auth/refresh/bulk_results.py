"""Writes the ordinary readings of a batch in one statement, as there are millions a day.

Through the ORM each would take a transaction with a row lock, an update and an upsert, under the same conditions.
"""

from datetime import datetime
from typing import Any

import orjson
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from connect.moderation.workflow import REFRESHED
from connect.retention import Data, allows
from networks.models import SocialNetwork
from social_auth.assets.proofs import counts_assets, keep_numbers
from social_auth.providers.records import Profile

WRITE = """
WITH held AS (
    SELECT id FROM networks_socialnetwork
    WHERE id = ANY(%(ids)s) AND lease_token = %(token)s AND lease_until IS NOT NULL
      AND verified AND status = ANY(%(statuses)s) AND health IN ('healthy', 'expiring')
    ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
), written AS (
UPDATE networks_socialnetwork AS network
SET lease_until = NULL, failures = 0, next_refresh_at = fresh.again, read_at = %(now)s, last_updated = %(now)s,
    followers = fresh.followers, followers_source = fresh.followers_source, followers_as_of = fresh.followers_as_of,
    name = fresh.name, url = fresh.url,
    identity_key = fresh.identity_key, other_identity_key = fresh.other_identity_key,
    extra_data = network.extra_data || fresh.extra, doubted_at = NULL, unbelieved_at = NULL
FROM held, jsonb_to_recordset(%(rows)s::jsonb) AS fresh (
    id bigint, external_id text, again timestamptz, name text, url text, extra jsonb,
    identity_key text, other_identity_key text, followers bigint, followers_source text, followers_as_of timestamptz
)
WHERE network.id = held.id AND network.id = fresh.id AND network.external_id = fresh.external_id
RETURNING network.id, fresh.followers, fresh.followers_source AS source
), reading AS (
INSERT INTO connect_followerreading (content_type_id, object_id, day, followers, source, as_of)
SELECT %(kind)s, id, %(day)s, followers, source, %(now)s
FROM written WHERE followers IS NOT NULL AND %(keeps)s ORDER BY id
ON CONFLICT (content_type_id, object_id, day)
DO UPDATE SET followers = EXCLUDED.followers, source = EXCLUDED.source, as_of = EXCLUDED.as_of
)
SELECT id FROM written
"""


def keep_ordinary(
    readings: dict[SocialNetwork, Profile], again: dict[int, datetime], token: int, now: datetime
) -> set[int]:
    """Write readings that change no public id and heal nothing; return the ids of those that were written.

    Rows of a lost claim are left out, and rows that another transaction is changing are skipped.
    """
    params: dict[str, Any] = {"token": token, "now": now, "day": now.date(), "statuses": [*map(str, REFRESHED)]}
    params["kind"] = ContentType.objects.get_for_model(SocialNetwork).pk
    params["ids"] = [row.pk for row in readings]
    params["rows"] = orjson.dumps(
        [_new_values(row, profile, again[row.pk], now) for row, profile in readings.items()]
    ).decode()
    network = next(iter(readings)).network
    params["keeps"] = allows(network, Data.HISTORY)
    if not counts_assets(network):  # then the one statement is enough
        return _write(params)
    with transaction.atomic():
        written = _write(params)
        keep_numbers({row: profile for row, profile in readings.items() if row.pk in written}, now)
    return written


def _write(params: dict[str, Any]) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(WRITE, params)
        return {pk for (pk,) in cursor.fetchall()}


def _new_values(row: SocialNetwork, profile: Profile, again: datetime, now: datetime) -> dict[str, Any]:
    return {
        "id": row.pk,
        "external_id": profile.external_id,
        "again": again,
        **profile.count_columns(now),
        **profile.name_columns(row),
        "extra": profile.extra,
    }
