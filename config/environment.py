"""Reads environment variables: those of the process first, then `.env`, then the defaults of development."""

import hashlib
import os
import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from connect.return_urls import ReturnPlace

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("CONNECT_DATA_DIR") or BASE_DIR / ".data")
"""Where the embedded servers keep their data; another folder is another pair of servers."""
# A Unix socket's path has at most 107 bytes, a checkout's may have more: sockets live in a short folder of its own.
SOCKET_DIR = Path("/tmp") / f"connect-{hashlib.sha256(str(DATA_DIR).encode()).hexdigest()[:12]}"  # noqa: S108

env = environ.Env()
if (BASE_DIR / ".env").exists():
    environ.Env.read_env(BASE_DIR / ".env", overwrite=False)

DEVELOPMENT = env.str("CONNECT_ENV", "development") == "development"
EMBEDDED_REDIS_URL = f"unix://{SOCKET_DIR}/redis.sock"
PLANNING_QUEUE = "planning"
"""The queue of the planners, which hand out due work. No task that calls a provider waits here."""
SANDBOX_PORT_FILE = DATA_DIR / "sandbox-port"
"""A running stack writes the port of its sandbox here."""
PROVIDERS = ("FACEBOOK", "INSTAGRAM", "GOOGLE", "TWITTER", "TIKTOK", "LINKEDIN", "PINTEREST")
"""How the variables of each provider's app begin."""


def budget(name: str, default: str) -> dict[str, int]:
    """Read `calls/seconds`; raises ImproperlyConfigured."""
    text = env.str(name, default)
    calls, _, seconds = text.partition("/")
    if not (calls.isdigit() and seconds.isdigit() and int(calls) and int(seconds)):
        raise ImproperlyConfigured(f"{name} must be calls/seconds, such as {default}")
    return {"calls": int(calls), "seconds": int(seconds)}


def throttle(name: str, default: str) -> tuple[int, int]:
    """Read `calls/seconds`; raises ImproperlyConfigured."""
    limit = budget(name, default)
    return limit["calls"], limit["seconds"]


def public_url(text: str) -> str:
    """Check an origin, such as https://connect.example.com; raises ImproperlyConfigured."""
    parts = urlsplit(text)
    plain = parts.scheme in ("https", "http") and parts.hostname and parts.path in ("", "/") and not parts.query
    if text and not (plain and parts.username is None and (parts.scheme == "https" or DEVELOPMENT)):
        raise ImproperlyConfigured("CONNECT_PUBLIC_URL must be an origin, such as https://connect.example.com")
    return text.rstrip("/")


def return_places(entries: list[str]) -> tuple[ReturnPlace, ...]:
    """Read CONNECT_RETURN_URLS; raises ImproperlyConfigured for a URL that a browser must not be sent back to."""
    try:
        return tuple(ReturnPlace.read(entry) for entry in entries if entry)
    except ValueError as error:
        raise ImproperlyConfigured(f"CONNECT_RETURN_URLS: {error}") from None


def web_address(name: str) -> str:
    """Read an https address, or a path of ours; empty if there is none. Raises ImproperlyConfigured."""
    text = env.str(name, "")
    if text and not re.fullmatch(r"(?!//)(https://[^/\s\"';,\\]+)?/[^\s\"';,\\]*", text):
        raise ImproperlyConfigured(f"{name} must begin with https:// or /")
    return str(text)


def colour(name: str, default: str) -> str:
    """Read a colour such as #2a4fd0; raises ImproperlyConfigured."""
    text = env.str(name, default)
    if not re.fullmatch("#[0-9a-fA-F]{6}", text):
        raise ImproperlyConfigured(f"{name} must be a colour such as #2a4fd0")
    return str(text)


def networks(name: str, entries: list[str]) -> list[IPv4Network | IPv6Network]:
    """Read addresses and networks, such as 10.0.0.0/8; raises ImproperlyConfigured."""
    try:
        return [ip_network(text.strip(), strict=False) for text in entries]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}") from None


def sandbox_port() -> int:
    """SANDBOX_PORT, else the port of this checkout's running stack, else 9100."""
    default = SANDBOX_PORT_FILE.read_text() if SANDBOX_PORT_FILE.exists() else "9100"
    return env.int("SANDBOX_PORT", int(default))


def embedded_database_url(name: str = "connect") -> str:
    return f"postgres://postgres@/{SOCKET_DIR}/{name}"


def provider_key(name: str, development_default: str) -> str:
    """Return a provider's key; without one, in production, that network is closed."""
    return os.environ.get(name) or (development_default if DEVELOPMENT else "")


def required(name: str, development_default: str) -> str:
    """Return the variable, or in development its default; production does not start without it."""
    if DEVELOPMENT:
        return os.environ.get(name) or development_default
    value = env.str(name)
    if not value:  # an empty secret signs what anybody can sign
        raise ImproperlyConfigured(f"{name} is empty")
    return str(value)
