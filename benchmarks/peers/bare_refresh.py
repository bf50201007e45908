"""The least that can refresh: a loop that makes the same calls and writes the same rows. No leases, budgets, doubts.

`python -m benchmarks.peers.bare_refresh FIRST LAST` reads the networks of these ids and prints what that took.
"""

import json
import sys
import time
from collections import defaultdict

import psycopg

from benchmarks.peers.wire import READ, SIZES, TOGETHER, counted
from benchmarks.peers.work import DATABASE_URL

DUE = """
    SELECT id, network, provider_uid, token FROM networks_socialnetwork JOIN bench_token USING (id)
    WHERE id BETWEEN %s AND %s ORDER BY id
"""
WRITE = """
    UPDATE networks_socialnetwork SET followers = %(followers)s, followers_source = 'exact',
      followers_as_of = now(), read_at = now(),
      last_updated = now(), name = %(name)s, extra_data = extra_data || %(extra)s::jsonb,
      next_refresh_at = now() + interval '1 day' WHERE id = %(id)s
"""
READING = """
    INSERT INTO connect_followerreading (content_type_id, object_id, day, followers, source, as_of)
    VALUES ((SELECT id FROM django_content_type WHERE model = 'socialnetwork'), %(id)s, CURRENT_DATE, %(followers)s,
      'exact', now())
    ON CONFLICT (content_type_id, object_id, day) DO UPDATE SET followers = EXCLUDED.followers, as_of = EXCLUDED.as_of
"""


def main(first, last):
    with psycopg.connect(DATABASE_URL) as database:
        start, cpu = time.perf_counter(), time.process_time()
        by_network = defaultdict(list)
        for pk, network, uid, token in database.execute(DUE, [first, last]):
            by_network[network].append({"id": pk, "uid": uid, "token": token})
        for network, rows in by_network.items():
            size = SIZES.get(network, TOGETHER)
            for at in range(0, len(rows), size):
                some = rows[at : at + size]
                alone = network not in SIZES
                told = [READ[network]([row])[0] for row in some] if alone else READ[network](some)
                write(database, some, told)
    used = {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}
    print(json.dumps({**used, "calls": len(counted)}))


def write(database, rows, told):
    values = [
        {"id": row["id"], "followers": followers, "name": name, "extra": json.dumps({"display_name": name})}
        for row, (followers, name) in zip(rows, told, strict=True)
    ]
    with database.cursor() as cursor:
        cursor.executemany(WRITE, values)
        cursor.executemany(READING, [one for one in values if one["followers"] is not None])
    database.commit()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
