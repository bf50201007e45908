"""What the surroundings say: variables given on the command line, then `.env`, then the defaults of development."""

import hashlib
import os
from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = BASE_DIR / ".data"
# A Unix socket's path has at most 107 bytes, a checkout's may have more: sockets live in a short folder of its own.
SOCKET_DIR = Path("/tmp") / f"connect-{hashlib.sha256(str(BASE_DIR).encode()).hexdigest()[:12]}"  # noqa: S108

env = environ.Env()
if (BASE_DIR / ".env").exists():
    environ.Env.read_env(BASE_DIR / ".env", overwrite=False)

DEVELOPMENT = env.str("CONNECT_ENV", "development") == "development"
EMBEDDED_REDIS_URL = f"unix://{SOCKET_DIR}/redis.sock"


def embedded_database_url(name: str = "connect") -> str:
    return f"postgres://postgres@/{SOCKET_DIR}/{name}"


def required(name: str, development_default: str) -> str:
    """Return the variable, or in development its default; production does not start without it."""
    if DEVELOPMENT:
        return os.environ.get(name) or development_default
    return env.str(name)
