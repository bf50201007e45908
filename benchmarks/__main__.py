"""`make bench`: every table, from scratch."""

import sys

from benchmarks import endpoints, footprint, hot_path, refreshing, writes
from benchmarks.stage import database

TABLES = {
    "hot_path": hot_path.run,
    "endpoints": endpoints.run,
    "refresh": refreshing.run,
    "writes": writes.run,
    "footprint": footprint.run,
}


def main() -> None:
    wanted = sys.argv[1:] or list(TABLES)
    for name in wanted:
        with database():
            TABLES[name]()


main()
