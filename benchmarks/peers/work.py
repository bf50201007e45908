"""What every peer does for a request, in SQL: is the caller active, and which networks does the caller have."""

import os

import jwt

SECRET_KEY = os.environ["BENCH_SECRET_KEY"]
DATABASE_URL = os.environ["BENCH_DATABASE_URL"]
ACTIVE = "SELECT 1 FROM connect_user WHERE id = %s AND is_active"
NETWORKS = (
    "SELECT id, network, external_id AS network_id, url AS network_url, status, followers, verified, connected_at "
    "FROM networks_socialnetwork WHERE user_id = %s ORDER BY id"
)


def user_of(header: str) -> int:
    """Return whom the bearer token names; raises jwt.PyJWTError."""
    claims = jwt.decode(header.removeprefix("Bearer "), SECRET_KEY, algorithms=["HS256"], options={"verify_sub": False})
    return int(claims["sub"])
