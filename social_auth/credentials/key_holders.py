"""Which processes run, and which token keys each of them has: each writes that to Redis every minute.

A process that has not done so for some minutes is gone. While Redis is away we cannot know, and refuse nothing.
"""

import atexit
import os
import socket
import threading
from contextlib import suppress
from typing import Any

import redis

from connect.redis_client import our_redis
from social_auth.credentials import vault

ANNOUNCE_SECONDS = 60
"""Between two announcements of a process."""
VALID_SECONDS = 200
"""For which an announcement counts: three of them may be lost."""
NEEDS_NO_KEYS = "beat@"
"""Beat opens and seals nothing, so it may have old keys."""
NAMES = "token-keys"
"""The Redis set of process names; the keys of each process are under a Redis key of its own, which expires."""


def announce(kind: str) -> None:
    """Announce the keys of this process, now and every minute until it ends; `kind` is web, worker or the like."""
    name = f"{kind}@{socket.gethostname()}:{os.getpid()}"
    _announce_once(name)
    threading.Thread(target=_keep_announcing, args=(name,), name="token keys", daemon=True).start()
    atexit.register(_withdraw, name, os.getpid())


def holders() -> dict[str, list[str]]:
    """The running processes and the keys of each; raises redis.RedisError."""
    client: Any = our_redis()
    names = sorted(client.smembers(NAMES))
    texts = client.mget([_key(name) for name in names]) if names else []
    if expired := [name for name, text in zip(names, texts, strict=True) if text is None]:
        client.srem(NAMES, *expired)
    return {name: text.split(",") for name, text in zip(names, texts, strict=True) if text is not None}


def who_lacks(key_id: str) -> list[str]:
    """The running processes without that key; raises redis.RedisError."""
    return [name for name, key_ids in holders().items() if key_id not in key_ids and not name.startswith(NEEDS_NO_KEYS)]


def _announce_once(name: str) -> None:
    with suppress(redis.RedisError):  # announced again in a minute
        our_redis().set(_key(name), ",".join(vault.key_ids()), ex=VALID_SECONDS)
        our_redis().sadd(NAMES, name)


def _keep_announcing(name: str) -> None:
    never = threading.Event()
    while not never.wait(ANNOUNCE_SECONDS):
        _announce_once(name)


def _withdraw(name: str, pid: int) -> None:
    if pid == os.getpid():  # and not a child that it forked
        with suppress(redis.RedisError):
            our_redis().delete(_key(name))


def _key(name: str) -> str:
    return f"{NAMES}:{name}"
