"""What no process starts on: it would answer, and be wrong."""

import sys
from typing import Any

import redis
from django.db import DatabaseError, NotSupportedError, connection

from connect.redis_client import our_redis


def refuse_unfit_servers() -> None:
    """Exit if PostgreSQL is too old, or Redis a cluster. A server that is away is the readiness probe's business."""
    _refuse_old_postgresql()
    refuse_redis_cluster()


def _refuse_old_postgresql() -> None:
    try:
        connection.ensure_connection()
    except NotSupportedError as error:  # Django's own words name the version that is needed and the one that is there
        sys.exit(f"DATABASE_URL: {error}")
    except DatabaseError:
        return


def refuse_redis_cluster() -> None:
    try:
        found: Any = our_redis().info("cluster")
    except redis.RedisError:  # away, or not to be asked by our user
        return
    if found.get("cluster_enabled"):
        sys.exit("REDIS_URL: this is a Redis Cluster, on which what belongs together lies on different servers")
