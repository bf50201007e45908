"""Reads REDIS_URL for our own client and for Celery's, which spell the same options differently.

redis://[[user]:password@]host[:port][/db], rediss:// likewise by TLS, unix:///path?db=N, and
sentinel://[[user]:password@]host[:port][,host[:port]…][/db]?master=NAME, with &tls=true, &sentinel_password=… and
&sentinel_username=…. Options of TLS are those of redis-py: ssl_ca_certs, ssl_certfile, ssl_keyfile, ssl_cert_reqs.
"""

import ssl
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from django.core.exceptions import ImproperlyConfigured

VERIFIED = {"required": ssl.CERT_REQUIRED, "optional": ssl.CERT_OPTIONAL, "none": ssl.CERT_NONE}
SENTINEL_PORT = 26379


@dataclass(frozen=True)
class RedisAddress:
    url: str
    """For redis-py; with Sentinel, the login, master and database of the servers that it leads to."""
    sentinels: tuple[tuple[str, int], ...] = ()
    master: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    """redis-py's options for the servers that Sentinel leads to."""
    sentinel_options: dict[str, Any] = field(default_factory=dict)
    tls: dict[str, Any] = field(default_factory=dict)

    @property
    def broker_url(self) -> str:
        """In Celery's spelling; the rest is in `broker_use_ssl` and `broker_options`."""
        parts = urlsplit(self.url)
        if parts.scheme == "unix":
            return f"redis+socket://{parts.path}?virtual_host={dict(parse_qsl(parts.query)).get('db', 0)}"
        if not self.sentinels:
            return f"{parts.scheme}://{parts.netloc}/{_database(parts)}"
        login = _login(parts)
        return ";".join(f"sentinel://{login}{host}:{port}/{_database(parts)}" for host, port in self.sentinels)

    @property
    def broker_use_ssl(self) -> dict[str, Any] | None:
        """None without TLS. By default Celery would accept any certificate."""
        options = {"ssl_cert_reqs": "required", **self.tls}
        return options | {"ssl_cert_reqs": VERIFIED[options["ssl_cert_reqs"]]} if self.by_tls else None

    @property
    def broker_options(self) -> dict[str, Any]:
        return {"master_name": self.master, "sentinel_kwargs": self.sentinel_options} if self.sentinels else {}

    @property
    def by_tls(self) -> bool:
        return urlsplit(self.url).scheme == "rediss"


def read_address(url: str) -> RedisAddress:
    """Raises ImproperlyConfigured, whose message does not repeat the URL, as it may contain a password."""
    scheme = url.partition("://")[0]
    if scheme == "sentinel":
        return _read_sentinel(url.replace(";sentinel://", ","))  # Celery's way of listing hosts
    if scheme not in ("redis", "rediss", "unix"):
        raise ImproperlyConfigured(
            "REDIS_URL must begin with redis://, rediss://, unix:// or sentinel://. A Redis Cluster cannot be used:"
            " our scripts need all their keys on one server"
        )
    parts = urlsplit(url)
    query = _query(parts)
    plain = url.partition("?")[0]
    return RedisAddress(f"{plain}?{urlencode(query)}" if query else plain, tls=_of_tls(query))


def _read_sentinel(url: str) -> RedisAddress:
    parts = urlsplit(url)
    query = _query(parts)
    master = query.pop("master", "")
    if not master:
        raise ImproperlyConfigured("REDIS_URL: which of its masters Sentinel is to be asked for? Add ?master=NAME")
    tls = _of_tls(query)
    secure = query.get("tls") == "true" or bool(tls)
    options = {"username": parts.username, "password": parts.password}
    options = {name: unquote(value) for name, value in options.items() if value}
    sentinel_login = {name.removeprefix("sentinel_"): query[name] for name in query if name.startswith("sentinel_")}
    tls_options = {"ssl": True, "ssl_cert_reqs": "required", **tls} if secure else {}
    return RedisAddress(
        url=f"{'rediss' if secure else 'redis'}://{_login(parts)}{master}/{_database(parts)}",
        sentinels=tuple(_host(text) for text in parts.netloc.rpartition("@")[2].split(",")),
        master=master,
        options={**options, **tls_options, "db": _database(parts)},
        sentinel_options={**sentinel_login, **tls_options},
        tls=tls,
    )


def _query(parts: SplitResult) -> dict[str, str]:
    """The query, with `ssl_cert_reqs` in redis-py's spelling (required), or Celery's (CERT_REQUIRED)."""
    query = dict(parse_qsl(parts.query))
    if requirement := query.get("ssl_cert_reqs"):
        query["ssl_cert_reqs"] = requirement.lower().removeprefix("cert_")
        if query["ssl_cert_reqs"] not in VERIFIED:
            raise ImproperlyConfigured("REDIS_URL: ssl_cert_reqs must be required, optional or none")
    return query


def _of_tls(query: dict[str, str]) -> dict[str, Any]:
    options: dict[str, Any] = {name: value for name, value in query.items() if name.startswith("ssl_")}
    if "ssl_check_hostname" in options:
        options["ssl_check_hostname"] = options["ssl_check_hostname"].lower() != "false"
    return options


def _login(parts: SplitResult) -> str:
    return f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""


def _host(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":") if text.rpartition(":")[2].isdigit() else (text, "", str(SENTINEL_PORT))
    return quote(host.strip("[]"), safe=":"), int(port)


def _database(parts: SplitResult) -> int:
    number = dict(parse_qsl(parts.query)).get("db") or parts.path.strip("/") or "0"
    if not number.isdigit():
        raise ImproperlyConfigured("REDIS_URL: the database must be a number, as in redis://host:6379/0")
    return int(number)
