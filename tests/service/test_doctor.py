"""What ops are told before anything serves: every wrong setting at once, and how all that is leant on stands."""

import base64
import itertools
import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from config import celery
from config.environment import BASE_DIR
from config.fresh_env import fresh
from config.variables import CHECKS
from social_auth.credentials import key_holders
from social_auth.credentials.models import TokenKey

EXAMPLE = (BASE_DIR / ".env.example").read_text()
PUBLISHED = dict(re.findall(r"^([A-Z]\w+)=(.*)$", EXAMPLE, re.MULTILINE))
GOOD = dict(re.findall(r"^([A-Z]\w+)=(.*)$", fresh(EXAMPLE), re.MULTILINE)) | {
    "ALLOWED_HOSTS": "connect.maya.net",
    "CSRF_TRUSTED_ORIGINS": "https://connect.maya.net",
    "DEFAULT_FROM_EMAIL": "connect@maya.net",
    "CONNECT_APP_URL": "https://app.maya.net",
}
KEY = GOOD["CONNECT_TOKEN_KEYS"]


def started(*command, **given):
    """A process of its own, which has these variables and no others."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=BASE_DIR,
        env={"PATH": os.environ["PATH"], **given},
        capture_output=True,
        text=True,
        check=False,
    )


def refused(**given):
    """What start-up says, a line for each setting."""
    done = started("manage.py", "check", **given)
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    first, *lines = done.stderr.strip().splitlines()
    assert first.startswith(f"Not started: {len(lines)} of the settings")
    return {line.split()[0]: line.strip() for line in lines}


class TestStartUp:
    def test_well_formed_settings_start(self):
        done = started("manage.py", "check", **GOOD)
        assert done.returncode == 0, done.stderr

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("REDIS_URL", "sentinel://:secret@one:26379,two:26379/0?master=connect"),
            ("REDIS_URL", "rediss://:secret@redis.maya.net:6380/1"),
            ("DATABASE_URL", "postgres://c:secret@one:5432,two:5432/connect?target_session_attrs=read-write"),
        ],
    )
    def test_several_servers_are_well_formed(self, name, value):
        done = started("manage.py", "check", **GOOD | {name: value})
        assert done.returncode == 0, done.stderr

    def test_all_that_is_missing_is_told_at_once(self):
        told = refused(CONNECT_ENV="production")
        assert set(told) == {
            "SECRET_KEY",
            "CONNECT_TOKEN_KEYS",
            "CONNECT_IDENTITY_KEYS",
            "DATABASE_URL",
            "REDIS_URL",
        }

    def test_the_published_examples_are_refused(self):
        told = refused(**PUBLISHED)
        assert {"SECRET_KEY", "CONNECT_TOKEN_KEYS", "CONNECT_IDENTITY_KEYS", "FACEBOOK_CLIENT_ID"} <= set(told)

    def test_an_environment_that_is_none_is_told_so(self):
        told = refused(**GOOD | {"CONNECT_ENV": "prod"})
        assert told["CONNECT_ENV"].endswith("=prod is neither development nor production: production may be meant")

    @pytest.mark.parametrize(
        ("name", "value", "why"),
        [
            ("DATABASE_URL", "mysql://somewhere/db", "must begin with postgres://"),
            ("REDIS_URL", "localhost:6379", "must begin with redis://"),
            ("CONNECT_PUBLIC_URL", "connect.maya.net", "must be an origin"),
            ("CONNECT_MAX_NETWORKS", "many", "must be a whole number"),
            ("TWITTER_BUDGET", "300", "must be calls/seconds"),
            ("CONNECT_AUTO_ACCEPT_LEVEL", "all", "must be one of app, user, none"),
            ("ALLOWED_HOSTS", "https://connect.maya.net", "must be names of hosts"),
            ("CSRF_TRUSTED_ORIGINS", "connect.maya.net", "must be addresses"),
            ("SECRET_KEY", "short", "has 5 characters"),
            ("SECURE_SSL_REDIRECT", "perhaps", "must be true or false"),
            ("CONNECT_PROVIDER_PROXY", "http://127.0.0.1:9100", "not in production"),
            ("FACEBOOK_CLIENT_ID", "1234", "FACEBOOK_CLIENT_SECRET is missing"),
            ("CONNECT_IDENTITY_KEYS", KEY, "has a key of CONNECT_TOKEN_KEYS"),
        ],
        ids=itertools.count(),  # the key is another one in each process
    )
    def test_what_is_wrong_is_named(self, name, value, why):
        [line] = refused(**GOOD | {name: value}).values()
        assert why in line

    @pytest.mark.parametrize(
        "command",
        [
            ["-c", "import config.wsgi"],
            ["-m", "celery", "-A", "config", "worker"],
            ["-m", "celery", "-A", "config.beat", "beat"],
        ],
        ids=["web", "worker", "beat"],
    )
    def test_a_key_that_is_none_stops_every_process(self, command):
        done = started(*command, CONNECT_TOKEN_KEYS="abc")
        assert done.returncode == 1
        assert "CONNECT_TOKEN_KEYS a key is `id:` and 32 bytes in base64" in done.stderr
        assert "Traceback" not in done.stderr

    def test_a_key_without_its_id_is_not_told_to_the_log(self):
        key = base64.b64encode(bytes(range(32))).decode()
        done = started("manage.py", "check", CONNECT_TOKEN_KEYS=key)
        assert done.returncode == 1
        assert key not in done.stdout + done.stderr

    def test_every_variable_that_is_judged_exists(self):
        assert set(CHECKS) <= set(re.findall(r"^#? ?([A-Z_]+)=", EXAMPLE, re.MULTILINE))

    def test_two_fresh_files_share_no_key(self):
        other = fresh(EXAMPLE)
        for name in ("SECRET_KEY", "CONNECT_TOKEN_KEYS", "CONNECT_IDENTITY_KEYS"):
            assert f"{name}={GOOD[name]}\n" not in other


def examined(capsys):
    """What the doctor says about each, and what it exits with."""
    with pytest.raises(SystemExit) as left:
        call_command("doctor", "--json")
    told = json.loads(capsys.readouterr().out)
    return {one["about"]: one for one in told["findings"]}, told["status"], left.value.code


class TestTheDoctor:
    def test_it_says_what_keeps_settings_from_loading(self):
        done = started("manage.py", "doctor", "--json", **PUBLISHED | {"CONNECT_TOKEN": "x"})
        told = json.loads(done.stdout)
        assert (done.returncode, told["status"]) == (2, "error")
        levels = {one["about"]: one["level"] for one in told["findings"]}
        assert (levels["SECRET_KEY"], levels["ALLOWED_HOSTS"], levels["CONNECT_TOKEN"]) == (
            "error",
            "warning",
            "warning",
        )

    @pytest.mark.django_db
    def test_everything_has_a_line(self, capsys):
        found, status, code = examined(capsys)
        expected = {"settings", "database", "database's clock", "migrations", "keys of the database", "staff", "redis"}
        assert expected | {"redis's clock", "web", "worker", "planner", "beat", "work", "mail", "tiktok"} <= set(found)
        assert (status, code) == ("warning", 1)
        assert found["staff"]["message"] == "nobody may sign in: run manage.py createsuperuser"

    @pytest.mark.django_db
    def test_who_runs_is_heard_of(self, capsys):
        names = [f"{kind}@host:1" for kind in ("web", "worker", "planner", "beat")]
        for name in names:
            key_holders._announce_once(name)
        found, _, _ = examined(capsys)
        for name in names:
            key_holders._withdraw(name, os.getpid())
        assert {found[kind]["level"] for kind in ("web", "worker", "planner", "beat")} == {"ok"}

    @pytest.mark.django_db
    def test_a_migration_that_is_not_applied_is_an_error(self, capsys):
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE app = 'walls'")
        found, status, code = examined(capsys)
        assert found["migrations"]["message"].startswith("walls.0001_initial")
        assert found["migrations"]["message"].endswith("not applied: run manage.py migrate")
        assert (status, code) == ("error", 2)

    @pytest.mark.django_db
    def test_keys_that_are_not_the_databases_are_an_error(self, capsys):
        TokenKey.objects.all().delete()
        TokenKey.objects.create(key_id="dev", fingerprint="another")
        found, _, code = examined(capsys)
        assert (found["keys of the database"]["level"], code) == ("error", 2)

    @pytest.mark.django_db
    def test_it_makes_no_key_known(self, capsys):
        TokenKey.objects.all().delete()
        examined(capsys)
        assert not TokenKey.objects.exists()

    @pytest.mark.django_db
    def test_redis_that_is_away_is_an_error_with_its_place(self, capsys, settings):
        settings.REDIS_URL = "redis://:secret@127.0.0.1:1/0"
        found, _, code = examined(capsys)
        assert found["redis"]["message"].startswith("127.0.0.1:1/0 does not answer")
        assert "secret" not in found["redis"]["message"]
        assert code == 2

    @pytest.mark.django_db
    def test_a_clock_that_differs_is_told(self, capsys, monkeypatch):
        now = timezone.now()
        monkeypatch.setattr("config.doctor.database.timezone.now", lambda: now - timedelta(minutes=2))
        found, _, code = examined(capsys)
        assert re.fullmatch(r"is 1[12]\d\.\d s ahead of this host's", found["database's clock"]["message"])
        assert code == 2

    @pytest.mark.django_db
    def test_mail_and_static_files_of_production(self, capsys, settings, tmp_path):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
        settings.STATIC_ROOT = tmp_path
        found, _, _ = examined(capsys)
        assert found["mail"]["message"].startswith("127.0.0.1:1 does not take mails")
        assert found["static files"]["message"].endswith("run manage.py collectstatic")

    def test_a_database_that_is_away_is_told_with_its_place_and_the_rest_goes_on(self):
        url = "postgres://connect:secret@127.0.0.1:1/connect"
        done = started("manage.py", "doctor", DATABASE_URL=url, REDIS_URL="redis://127.0.0.1:1/0")
        assert done.returncode == 2, done.stderr
        [line] = [line for line in done.stdout.splitlines() if line.startswith("error    database")]
        assert "127.0.0.1:1/connect does not answer" in line
        assert "secret" not in done.stdout
        assert "static files" in done.stdout
        assert "Traceback" not in done.stderr


class TestWhoTells:
    @pytest.mark.parametrize(
        ("queues", "kinds"),
        [
            (["planning"], ["planner"]),
            (["mail", "refresh.tiktok"], ["worker"]),
            (["planning", "mail"], ["planner", "worker"]),
        ],
    )
    def test_a_worker_tells_what_it_takes(self, monkeypatch, queues, kinds):
        told = []
        monkeypatch.setattr(key_holders, "announce", told.append)
        taken = SimpleNamespace(consume_from=dict.fromkeys(queues))
        celery.announce_workers(SimpleNamespace(app=SimpleNamespace(amqp=SimpleNamespace(queues=taken))))
        assert told == kinds

    def test_beat_holds_no_new_key_up(self):
        key_holders._announce_once("beat@host:1")
        try:
            assert not [name for name in key_holders.who_lacks("another") if name.startswith("beat@")]
        finally:
            key_holders._withdraw("beat@host:1", os.getpid())
