"""Warns creators, days ahead, that a connection ends which only they can extend."""

from datetime import datetime, timedelta

from django.db import connection

DAYS = (14, 7, 3, 1)
WARN = """
INSERT INTO connect_event (uid, user_id, type, kind, object_id, data, created_at, once)
SELECT gen_random_uuid(), network.user_id, 'network.expiring', 'network', network.id,
       jsonb_build_object('user_id', network.user_id, 'network_id', network.id, 'network', network.network,
                          'external_id', network.external_id, 'status', network.status,
                          'health', network.health, 'verified', network.verified,
                          'days', %(days)s, 'expires_at', to_jsonb(network.expires_at),
                          'expires_what', network.expires_what),
       %(now)s, warning.once || coalesce((
           SELECT ':' || max(recovered.id) FROM connect_event AS told
           JOIN connect_event AS recovered ON recovered.user_id = network.user_id AND recovered.kind = 'network'
               AND recovered.object_id = network.id AND recovered.type = 'network.recovered' AND recovered.id > told.id
           WHERE told.kind = 'network' AND told.object_id = network.id AND told.once = warning.once), '')
FROM networks_socialnetwork AS network
CROSS JOIN LATERAL (
    SELECT 'expiring:' || extract(epoch FROM network.expires_at)::bigint || ':' || %(days)s AS once
) AS warning
WHERE network.health = 'expiring' AND network.verified
  AND network.expires_at > %(from)s AND network.expires_at <= %(until)s
ON CONFLICT DO NOTHING
"""


def write_warnings(now: datetime) -> int:
    """Write an event for each warning that is due, once for each end and day; return how many were new.

    If a connection has since recovered from another trouble, the creator is warned again, as they could think that the
    end is put off, too. A warning that was missed during an outage is not sent late: the next one has the right days.
    """
    written = 0
    for days, fewer in zip(DAYS, (*DAYS[1:], 0), strict=True):
        window = {"from": now + timedelta(days=fewer), "until": now + timedelta(days=days)}
        with connection.cursor() as cursor:
            cursor.execute(WARN, {"days": days, "now": now, **window})
            written += cursor.rowcount
    return written
