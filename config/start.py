"""What no process starts on: it would answer, and be wrong."""

import sys

from django.db import DatabaseError, NotSupportedError, connection


def refuse_unfit_servers() -> None:
    """Exit if PostgreSQL is too old. A server that is away is the readiness probe's business."""
    try:
        connection.ensure_connection()
    except NotSupportedError as error:  # Django's own words name the version that is needed and the one that is there
        sys.exit(f"DATABASE_URL: {error}")
    except DatabaseError:
        return
