"""`make bench`: every table, from scratch."""

import sys

from benchmarks import endpoints, hot_path
from benchmarks.stage import database

TABLES = {"hot_path": hot_path.run, "endpoints": endpoints.run}


def main() -> None:
    wanted = sys.argv[1:] or list(TABLES)
    with database():
        for name in wanted:
            TABLES[name]()


main()
