"""Checks all environment variables together, before the settings are made from them, without asking any server.

No process starts with an error here; `manage.py doctor` lists the warnings as well.
"""

import os
import re
import sys
from collections.abc import Iterator, Mapping

from config.environment import BASE_DIR, PROVIDERS, public_url, return_places
from config.findings import ERROR, WARNING, Finding
from config.variable_formats import (
    Check,
    address,
    flag,
    hosts,
    keys_of,
    mail_address,
    one_of,
    origins,
    rate,
    read_by,
    whole_number,
    written_as,
)
from connect.redis_address import read_address
from connect.secret_keys.keyring import read_keys

ENVIRONMENTS = ("development", "production")
REQUIRED = ("SECRET_KEY", "CONNECT_TOKEN_KEYS", "CONNECT_IDENTITY_KEYS", "DATABASE_URL", "REDIS_URL")
PUBLISHED = ("replace", "development-only", "django-insecure")
"""How the secrets begin that everybody can read: those of `.env.example` and the defaults of development."""
SHORTEST_SECRET = 50
EXAMPLES = re.compile(r"(^|[@./])example\.(com|org)\b")
CHECKS: dict[str, Check] = {
    "CONNECT_TOKEN_KEYS": keys_of("CONNECT_TOKEN_KEYS"),
    "CONNECT_IDENTITY_KEYS": keys_of("CONNECT_IDENTITY_KEYS"),
    "DATABASE_URL": address("postgres", "postgresql"),
    "REDIS_URL": read_by("REDIS_URL", read_address),
    "CONNECT_PUBLIC_URL": read_by("CONNECT_PUBLIC_URL", public_url),
    "CONNECT_RETURN_URLS": read_by("CONNECT_RETURN_URLS", lambda text: return_places(text.split(","))),
    "EMAIL_URL": address("smtp", "smtps", "smtp+tls", "smtp+ssl", "consolemail", "filemail", "memorymail", "dummymail"),
    "DEFAULT_FROM_EMAIL": mail_address,
    "ALLOWED_HOSTS": hosts,
    "CSRF_TRUSTED_ORIGINS": origins,
    "CONNECT_APP_URL": address("https", "http"),
    "CONNECT_PROVIDER_PROXY": address("https", "http"),
    "CONNECT_AUTO_ACCEPT_LEVEL": one_of("app", "user", "none"),
    "CONNECT_UNKNOWN_KEYS": one_of("ignore", "warn", "refuse"),
    "CONNECT_STAFF_SECOND_FACTOR": one_of("on", "off"),
    "CONNECT_RATE_LIMITS": one_of("on", "off"),
    "GRAPH_VERSION": written_as(r"v[0-9]{1,3}\.[0-9]", "v27.0"),
    "LINKEDIN_VERSION": written_as(r"20[0-9]{2}(0[1-9]|1[0-2])", "202609"),
    "LOG_LEVEL": one_of("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
    "SENTRY_DSN": address("https", "http"),
    "OTEL_EXPORTER_OTLP_ENDPOINT": address("https", "http"),
    **dict.fromkeys(("DEBUG", "SECURE_SSL_REDIRECT"), flag),
    **dict.fromkeys((f"CONNECT_THROTTLE_{scope}" for scope in ("ADDRESS", "USER", "CONNECT")), rate),
    **dict.fromkeys((f"{name}_BUDGET" for name in (*PROVIDERS, "YOUTUBE") if name != "GOOGLE"), rate),
    **dict.fromkeys(
        (
            *("TRUSTED_PROXY_COUNT", "DATABASE_POOL_SIZE", "DATABASE_STATEMENT_SECONDS", "PORT", "SANDBOX_PORT"),
            *("CONNECT_STAFF_SESSION_HOURS", "CONNECT_STAFF_IDLE_MINUTES", "CONNECT_MAX_NETWORKS"),
            *("CONNECT_MAX_SUBMISSIONS", "CONNECT_CONFIRM_DEAD_AFTER", "CONNECT_CONFIRM_ALONE_AFTER"),
            *("CONNECT_REFRESH_HOURS", "CONNECT_REFRESH_LEASE", "CONNECT_REFRESH_OUTSTANDING"),
            *("CONNECT_REFRESH_RETRY", "CONNECT_REFRESH_COOLDOWN", "CONNECT_HISTORY_DAYS", "CONNECT_EVENT_DAYS"),
            *("TWITTER_DAILY_CENTS", "YOUTUBE_DAILY_UNITS", "LINKEDIN_DAILY_CALLS"),
        ),
        whole_number,
    ),
}
"""The check of each variable; one that is not here may be any text."""


def refuse_wrong_variables() -> None:
    """Exit, naming all errors at once, if the environment has any."""
    errors = [problem for problem in problems_of(os.environ) if problem.level == ERROR]
    if errors:
        lines = "\n".join(f"  {problem.about} {problem.message}" for problem in errors)
        sys.exit(
            f"Not started: {len(errors)} of the settings must be put right (docs/operations.md, .env.example).\n{lines}"
        )


def problems_of(variables: Mapping[str, str]) -> Iterator[Finding]:
    """Yield every error and warning about these variables."""
    environment = variables.get("CONNECT_ENV", "development")
    if environment not in ENVIRONMENTS:
        nearest = next((known for known in ENVIRONMENTS if known.startswith(environment[:3].lower())), "production")
        message = f"={environment} is neither development nor production: {nearest} may be meant"
        yield Finding(ERROR, "CONNECT_ENV", message)
    for name, check in CHECKS.items():
        if variables.get(name) and (problem := check(variables[name])):
            yield Finding(ERROR, name, problem)
    if environment != "development":
        yield from _problems_in_production(variables)
    yield from _misspelt(variables)


def _problems_in_production(variables: Mapping[str, str]) -> Iterator[Finding]:
    for name in REQUIRED:
        if not variables.get(name):
            yield Finding(ERROR, name, "is missing")
    yield from _published(variables)
    yield from _contradictions(variables)
    for name in ("ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "EMAIL_URL", "DEFAULT_FROM_EMAIL", "CONNECT_APP_URL"):
        if not variables.get(name):
            yield Finding(WARNING, name, "is missing: what needs it will not work")
        elif EXAMPLES.search(variables[name]):
            yield Finding(WARNING, name, "is still the one of .env.example")


def _published(variables: Mapping[str, str]) -> Iterator[Finding]:
    """Find secrets that anybody can read: with them, anybody could sign or open what we sign or seal."""
    secret = variables.get("SECRET_KEY", "")
    if secret.startswith(PUBLISHED):
        yield Finding(ERROR, "SECRET_KEY", "is a published example: make one of your own")
    elif secret and len(secret) < SHORTEST_SECRET:
        yield Finding(ERROR, "SECRET_KEY", f"has {len(secret)} characters: at least {SHORTEST_SECRET} are needed")
    for name in ("CONNECT_TOKEN_KEYS", "CONNECT_IDENTITY_KEYS"):
        if variables.get(name) and not CHECKS[name](variables[name]):
            for key_id, key in read_keys(name, variables[name]).items():
                if key.startswith(tuple(beginning.encode() for beginning in PUBLISHED)):
                    yield Finding(ERROR, name, f"has a published example ({key_id}): make a key of your own")
    for name in sorted(variables):
        if (
            name.endswith(("_CLIENT_ID", "_CLIENT_SECRET", "_API_KEY", "_BEARER_TOKEN"))
            and variables[name] == "replace"
        ):
            yield Finding(ERROR, name, "is a placeholder: put the key in, or leave it out and the network is closed")


def _contradictions(variables: Mapping[str, str]) -> Iterator[Finding]:
    if variables.get("CONNECT_PROVIDER_PROXY"):
        yield Finding(ERROR, "CONNECT_PROVIDER_PROXY", "would send provider tokens to a stand-in: not in production")
    for provider in PROVIDERS:
        pair = (f"{provider}_CLIENT_ID", f"{provider}_CLIENT_SECRET")
        have, lack = pair if variables.get(pair[0]) else pair[::-1]
        if variables.get(have) and not variables.get(lack):
            yield Finding(ERROR, lack, f"is missing, and {have} is set")
    tokens, identities = variables.get("CONNECT_TOKEN_KEYS", ""), variables.get("CONNECT_IDENTITY_KEYS", "")
    if tokens and set(_texts(tokens)) & set(_texts(identities)):
        yield Finding(ERROR, "CONNECT_IDENTITY_KEYS", "has a key of CONNECT_TOKEN_KEYS: one that leaks would open both")
    hosts = [host.strip() for host in variables.get("ALLOWED_HOSTS", "").split(",")]
    if "*" in hosts:
        yield Finding(WARNING, "ALLOWED_HOSTS", "is *: whoever calls chooses the address that links in mails have")
    if variables.get("TRUSTED_PROXY_COUNT", "0") == "0":
        yield Finding(
            WARNING, "TRUSTED_PROXY_COUNT", "is 0: behind a proxy all callers share one address and its limits"
        )
    if variables.get("DEBUG", "").lower() in ("true", "on", "yes", "1"):
        yield Finding(WARNING, "DEBUG", "counts in development only")


def _texts(keys: str) -> list[str]:
    return [entry.partition(":")[2].strip() for entry in keys.split(",")]


def _misspelt(variables: Mapping[str, str]) -> Iterator[Finding]:
    """Find names that look like ours and are not: the setting that was meant silently keeps its default."""
    example = BASE_DIR / ".env.example"
    known = set(re.findall(r"^#? ?([A-Z_]+)=", example.read_text(), re.MULTILINE)) if example.exists() else set()
    for name in sorted(variables):
        if known and name.startswith("CONNECT_") and name not in known | {"CONNECT_DATA_DIR"}:
            yield Finding(WARNING, name, "is not known: see .env.example for its name")
