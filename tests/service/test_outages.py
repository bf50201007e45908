"""Who looks at a terminal or a log while something is away reads what and why, once."""

import logging
import os
import shutil
import subprocess
import sys
from collections import namedtuple

import pytest
from django.db.utils import OperationalError

from config import embedded
from config.environment import BASE_DIR
from config.logs import logging_config
from config.outage_lines import OutageLines

AWAY = {"DATABASE_URL": "postgres://connect:secret@127.0.0.1:1/connect", "REDIS_URL": "redis://127.0.0.1:1/0"}
Usage = namedtuple("Usage", "total used free")


def typed(*command, **given):
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=BASE_DIR,
        env={"PATH": os.environ["PATH"], "CONNECT_ENV": "development", **given},
        capture_output=True,
        text=True,
        check=False,
    )


class TestCommandsWithoutADatabase:
    @pytest.mark.parametrize("command", ["migrate", "refresh_followers", "prune_events"])
    def test_they_say_where_and_why_in_one_line(self, command):
        done = typed(command, **AWAY)
        said = f"manage.py {command}: the database at 127.0.0.1:1/connect is away: Connection refused\n"
        assert (done.returncode, done.stdout, done.stderr) == (1, "", said)

    def test_a_host_that_is_none_is_told(self):
        url = "postgres://connect:secret@nowhere.invalid:5432/connect"
        done = typed("prune_events", **AWAY | {"DATABASE_URL": url})
        assert done.stderr.startswith("manage.py prune_events: the database at nowhere.invalid:5432/connect is away: ")
        assert done.stderr.count("\n") == 1


class TestTheFolderOfTheServers:
    def test_a_file_is_told_in_one_sentence(self, tmp_path):
        place = tmp_path / "data"
        place.write_text("")
        done = typed("check", CONNECT_DATA_DIR=str(place))
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == f"{place} cannot be written to (File exists): {embedded.ELSEWHERE}\n"

    def test_one_that_cannot_be_made_as_well(self):
        done = typed("check", CONNECT_DATA_DIR="/proc/connect")
        assert done.stderr.startswith("/proc/connect cannot be written to (")
        assert done.stderr.count("\n") == 1

    def test_a_full_one_too(self, tmp_path, monkeypatch):
        monkeypatch.setattr(embedded, "DATA_DIR", tmp_path)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 10**9, 5 * 2**20))
        monkeypatch.delenv("DATABASE_URL", raising=False)
        with pytest.raises(SystemExit) as left, embedded.development_services():
            pass
        assert left.value.code == f"{tmp_path} is full, 5 MiB are left: make room, or {embedded.ELSEWHERE}"


def record(name="connect.middleware", msg="", level=logging.INFO, exc_info=None, **more):
    made = logging.LogRecord(name, level, "", 0, msg, (), exc_info)
    made.__dict__.update(more)
    return made


FAILED = (OperationalError, OperationalError("away"), None)
OF_AN_OUTAGE = {
    "the pool": {"name": "psycopg.pool", "msg": "error connecting:\n\tIs it running?", "level": logging.WARNING},
    "an answer": {"msg": {"event": "request", "status": 503}},
    "Django about it": {"name": "django.request", "msg": "Service Unavailable", "status_code": 503},
    "our own word": {"msg": {"event": "database unavailable"}, "level": logging.WARNING},
    "Redis": {"name": "connect.redis_client", "msg": {"event": "Redis does not answer"}, "level": logging.WARNING},
    "the worker": {"name": "celery.worker.consumer.consumer", "msg": "Cannot connect", "level": logging.ERROR},
    "a task": {"name": "celery.app.trace", "msg": "raised", "level": logging.ERROR, "exc_info": FAILED},
}


class TestLinesOfAnOutage:
    @pytest.fixture
    def now(self):
        return [100.0]

    @pytest.fixture
    def lines(self, now):
        return OutageLines(clock=lambda: now[0])

    @pytest.mark.parametrize("about", OF_AN_OUTAGE.values(), ids=OF_AN_OUTAGE)
    def test_one_a_second_comes_through(self, lines, now, about):
        through = 0
        for tick in range(300):  # thirty a second, for ten
            now[0] = 100.0 + tick / 30
            through += lines.filter(record(**about))
        assert through == 10

    def test_all_kinds_share_it(self, lines):
        assert [lines.filter(record(**about)) for about in OF_AN_OUTAGE.values()].count(True) == 1

    def test_the_next_one_says_how_many_were_left_out(self, lines, now):
        for _ in range(30):
            lines.filter(record(**OF_AN_OUTAGE["an answer"]))
        now[0] += 1
        told = record(**OF_AN_OUTAGE["an answer"])
        assert lines.filter(told)
        assert told.msg["left_out"] == 29
        lines.filter(record(**OF_AN_OUTAGE["the pool"]))
        now[0] += 1
        told = record(**OF_AN_OUTAGE["the pool"])
        lines.filter(told)
        assert told.getMessage() == "error connecting: Is it running? (1 lines about what is away were left out)"

    @pytest.mark.parametrize(
        "about",
        [
            {"msg": {"event": "request", "status": 500}},
            {"msg": {"event": "request", "status": 200}},
            {
                "name": "celery.app.trace",
                "msg": "raised",
                "level": logging.ERROR,
                "exc_info": (ValueError, ValueError(), None),
            },
        ],
    )
    def test_everything_else_is_told_each_time(self, lines, about):
        assert all(lines.filter(record(**about)) for _ in range(10))

    def test_every_line_passes_it(self):
        assert logging_config(level="INFO", as_json=False)["handlers"]["stderr"]["filters"] == ["outages"]
