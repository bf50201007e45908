"""Which processes run, and which token keys each of them has: told by each of them every minute, in Redis.

A process that is not heard of for some minutes is gone. Without Redis nobody can tell, and nobody is refused for that.
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

EVERY = 60
"""Seconds between two words of a process."""
HEARD_FOR = 200
"""Seconds for which a word counts: three of them may be lost."""
SEALS_NOTHING = "beat@"
"""Who may have keys of before: it only says that it is time."""
NAMES = "token-keys"
"""The set of those that were heard of; what each has is a key of its own, which ends by itself."""


def announce(kind: str) -> None:
    """Say which keys this process has, and go on saying so until it ends; `kind` is web, worker or the like."""
    name = f"{kind}@{socket.gethostname()}:{os.getpid()}"
    _say(name)
    threading.Thread(target=_go_on, args=(name,), name="token keys", daemon=True).start()
    atexit.register(_take_leave, name, os.getpid())


def holders() -> dict[str, list[str]]:
    """The processes that run and the keys that each has; raises redis.RedisError."""
    client: Any = our_redis()
    names = sorted(client.smembers(NAMES))
    told = client.mget([_key(name) for name in names]) if names else []
    if gone := [name for name, text in zip(names, told, strict=True) if text is None]:
        client.srem(NAMES, *gone)
    return {name: text.split(",") for name, text in zip(names, told, strict=True) if text is not None}


def who_lacks(key_id: str) -> list[str]:
    """The processes that were not given that key; raises redis.RedisError."""
    return [name for name, key_ids in holders().items() if key_id not in key_ids and not name.startswith(SEALS_NOTHING)]


def _say(name: str) -> None:
    with suppress(redis.RedisError):  # said again in a minute
        our_redis().set(_key(name), ",".join(vault.key_ids()), ex=HEARD_FOR)
        our_redis().sadd(NAMES, name)


def _go_on(name: str) -> None:
    never = threading.Event()
    while not never.wait(EVERY):
        _say(name)


def _take_leave(name: str, pid: int) -> None:
    if pid == os.getpid():  # and not a child that it forked
        with suppress(redis.RedisError):
            our_redis().delete(_key(name))


def _key(name: str) -> str:
    return f"{NAMES}:{name}"
