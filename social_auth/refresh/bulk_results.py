"""The ordinary readings of a batch in one statement, as millions of them are written a day.

Through the ORM each would be a transaction with a row lock, an update and an upsert; the conditions are the same here.
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
SET lease_until = NULL, failures = 0, next_refresh_at = told.again, read_at = %(now)s, last_updated = %(now)s,
    followers = told.followers, followers_source = told.followers_source, followers_as_of = told.followers_as_of,
    name = told.name, url = told.url, identity_key = told.identity_key, other_identity_key = told.other_identity_key,
    extra_data = network.extra_data || told.extra, doubted_at = NULL, unbelieved_at = NULL
FROM held, jsonb_to_recordset(%(told)s::jsonb) AS told (
    id bigint, external_id text, again timestamptz, name text, url text, extra jsonb,
    identity_key text, other_identity_key text, followers bigint, followers_source text, followers_as_of timestamptz
)
WHERE network.id = held.id AND network.id = told.id AND network.external_id = told.external_id
RETURNING network.id, told.followers, told.followers_source AS source
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
    """Write readings that change no name and heal nothing; return the ids of those that were written.

    The others are not held any more, or somebody else is changing them at this moment: nobody is waited for.
    """
    about: dict[str, Any] = {"token": token, "now": now, "day": now.date(), "statuses": [*map(str, REFRESHED)]}
    about["kind"] = ContentType.objects.get_for_model(SocialNetwork).pk
    about["ids"] = [row.pk for row in readings]
    about["told"] = orjson.dumps(
        [_told(row, profile, again[row.pk], now) for row, profile in readings.items()]
    ).decode()
    network = next(iter(readings)).network
    about["keeps"] = allows(network, Data.HISTORY)
    if not counts_assets(network):  # then one statement writes it all
        return _write(about)
    with transaction.atomic():
        written = _write(about)
        keep_numbers({row: profile for row, profile in readings.items() if row.pk in written}, now)
    return written


def _write(about: dict[str, Any]) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(WRITE, about)
        return {pk for (pk,) in cursor.fetchall()}


def _told(row: SocialNetwork, profile: Profile, again: datetime, now: datetime) -> dict[str, Any]:
    return {
        "id": row.pk,
        "external_id": profile.external_id,
        "again": again,
        **profile.count_columns(now),
        **profile.name_columns(row),
        "extra": profile.extra,
    }
