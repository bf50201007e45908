"""Servers on which no process may start, because it would work and give wrong results."""

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
    except NotSupportedError as error:  # its text names the version that is needed and the one that was found
        sys.exit(f"DATABASE_URL: {error}")
    except DatabaseError:
        return


def refuse_redis_cluster() -> None:
    try:
        cluster: Any = our_redis().info("cluster")
    except redis.RedisError:  # Redis is away, or does not let our user ask that
        return
    if cluster.get("cluster_enabled"):
        sys.exit("REDIS_URL: this is a Redis Cluster; our scripts need all their keys on one server")
