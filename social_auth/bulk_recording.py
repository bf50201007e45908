"""The ordinary readings of a batch in one statement, as millions of them are written a day.

Through the ORM each would be a transaction with a row lock, an update and an upsert; the conditions are the same here.
"""

from datetime import datetime
from typing import Any

import orjson
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from networks.models import SocialNetwork
from social_auth.asset_proofs import keep_numbers
from social_auth.planning import REFRESHED
from social_auth.providers.records import Profile

WRITE = """
WITH held AS (
    SELECT id FROM networks_socialnetwork
    WHERE id = ANY(%(id)s) AND lease_token = %(token)s AND lease_until IS NOT NULL
      AND verified AND status = ANY(%(statuses)s) AND health IN ('healthy', 'expiring')
    ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
), written AS (
UPDATE networks_socialnetwork AS network
SET lease_until = NULL, next_refresh_at = told.again, read_at = %(now)s, last_updated = %(now)s,
    followers = told.followers, followers_source = told.source, followers_as_of = told.as_of,
    name = told.name, url = told.url, extra_data = network.extra_data || told.extra::jsonb
FROM held, unnest(%(id)s::bigint[], %(external_id)s::text[], %(again)s::timestamptz[], %(followers)s::bigint[],
                  %(followers_source)s::text[], %(followers_as_of)s::timestamptz[],
                  %(name)s::text[], %(url)s::text[], %(extra)s::text[])
     AS told (id, external_id, again, followers, source, as_of, name, url, extra)
WHERE network.id = held.id AND network.id = told.id AND network.external_id = told.external_id
RETURNING network.id, told.followers, told.source
), reading AS (
INSERT INTO connect_followerreading (content_type_id, object_id, day, followers, source, as_of)
SELECT %(kind)s, id, %(day)s, followers, source, %(now)s FROM written WHERE followers IS NOT NULL ORDER BY id
ON CONFLICT (content_type_id, object_id, day)
DO UPDATE SET followers = EXCLUDED.followers, source = EXCLUDED.source, as_of = EXCLUDED.as_of
)
SELECT id FROM written
"""


@transaction.atomic
def keep_ordinary(
    readings: dict[SocialNetwork, Profile], again: dict[int, datetime], token: int, now: datetime
) -> set[int]:
    """Write readings that change no name and heal nothing; return the ids of those that were written.

    The others are not held any more, or somebody else is changing them at this moment: nobody is waited for.
    """
    about: dict[str, Any] = {"token": token, "now": now, "day": now.date(), "statuses": [*map(str, REFRESHED)]}
    about["kind"] = ContentType.objects.get_for_model(SocialNetwork).pk
    with connection.cursor() as cursor:
        cursor.execute(WRITE, about | _columns(readings, again, now))
        written = {pk for (pk,) in cursor.fetchall()}
    kept = {row: profile for row, profile in readings.items() if row.pk in written}
    keep_numbers(kept, now)
    return written


def _columns(readings: dict[SocialNetwork, Profile], again: dict[int, datetime], now: datetime) -> dict[str, list[Any]]:
    told = [_told(row, profile, again[row.pk], now) for row, profile in readings.items()]
    return {name: [one[name] for one in told] for name in told[0]}


def _told(row: SocialNetwork, profile: Profile, again: datetime, now: datetime) -> dict[str, Any]:
    return {
        "id": row.pk,
        "external_id": profile.external_id,
        "again": again,
        **profile.count_columns(now),
        **profile.name_columns(row),
        "extra": orjson.dumps(profile.extra).decode(),
    }
