"""A dump restored into an empty database: nothing is done twice, no number is given out again, keys are asked for."""

import json
import os
import re
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from config import embedded
from config.environment import BASE_DIR
from social_auth.credentials.models import Credential
from social_auth.demo.factories import (
    CredentialFactory,
    DiscoveryFactory,
    MailFactory,
    RevocationFactory,
    WebhookDeliveryFactory,
)
from social_auth.notices.models import State
from tests.support.processes import database_url

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.skipif(bool(os.environ.get("DATABASE_URL")), reason="pg_dump of a server of another version"),
]
NAME = "restored"
TWO_ROUNDS = """
import json
from django.utils import timezone
from social_auth.assets.discovery import DISCOVERY
from social_auth.credentials.renewal import RENEWAL
from social_auth.credentials.revocation import REVOCATION
from social_auth.notices.delivery import DELIVERY
from social_auth.notices.mail import MAIL
claims = [
    [work.name, claim.token, claim.ids]
    for _ in range(2) for work in (DISCOVERY, RENEWAL, REVOCATION, DELIVERY, MAIL)
    for claim in work.claim_due(timezone.now())
]
print(json.dumps(claims))
"""
ADVANCED = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute({sql!r})
    cursor.execute("SELECT nextval('connect_event_position')")
    print(cursor.fetchone()[0])
"""
OPENED = """
from social_auth.credentials.models import Credential
print(Credential.objects.get(pk={pk}).open().access_token)
"""
START = "from social_auth.credentials.key_checks import refuse_wrong_keys; refuse_wrong_keys()"
OTHER_KEY = "other:b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXItb3Q="


@pytest.fixture
def restore(tmp_path):
    """Dump the test's database and restore it beside, by PostgreSQL's own programs; returns its URL."""
    at = connection.settings_dict
    server = ("-h", at["HOST"], "-U", at["USER"])

    def restored():
        dump = tmp_path / "dump"
        embedded._postgres("pg_dump", *server, "-Fc", "-f", dump, at["NAME"])
        embedded._postgres("createdb", *server, NAME)
        embedded._postgres("pg_restore", *server, "--exit-on-error", "-d", NAME, dump)
        return database_url().replace(at["NAME"], NAME)

    yield restored
    embedded._postgres("dropdb", *server, "--force", "--if-exists", NAME)


def python(url, script, **environment):
    told = {**os.environ, "DATABASE_URL": url, "REDIS_URL": settings.REDIS_URL, **environment}
    command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", script]
    return subprocess.run(command, cwd=BASE_DIR, env=told, capture_output=True, text=True, check=False)


def test_nothing_is_done_twice(restore):
    now = timezone.now()
    WebhookDeliveryFactory(state=State.DELIVERED, delivered_at=now, due_at=None)
    RevocationFactory(finished_at=now, due_at=None)
    held = DiscoveryFactory(lease_token=7, lease_until=now + timedelta(minutes=10))
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('connect_lease_token', 7)")
    due = {
        "renewal": CredentialFactory(due=True, obtained_at=now - timedelta(days=30)).pk,
        "revocation": RevocationFactory().pk,
        "delivery": WebhookDeliveryFactory().pk,
        "mail": MailFactory().pk,
    }
    done = python(restore(), TWO_ROUNDS)
    claims = json.loads(done.stdout.splitlines()[-1])
    assert {name: ids for name, _, ids in claims} == {name: [pk] for name, pk in due.items()}
    assert len(claims) == len(due)
    assert all(token > held.lease_token for _, token, _ in claims)


def test_tokens_open_with_their_keys_and_nothing_starts_without(restore):
    credential = CredentialFactory(access_token="what it was")
    assert python(database_url(), START).returncode == 0  # which remembers the key
    url = restore()
    assert python(url, OPENED.format(pk=credential.pk)).stdout.splitlines()[-1] == "what it was"
    refused = python(url, START, CONNECT_TOKEN_KEYS=OTHER_KEY)
    assert refused.returncode == 1
    assert "Secrets are still encrypted under ['dev']" in refused.stderr
    assert Credential.objects.get().open().access_token == "what it was"


def test_no_number_is_given_out_again(restore):
    [forward] = re.findall(r"```sql\n(.*?)```", (BASE_DIR / "docs" / "backup.md").read_text(), re.DOTALL)
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('connect_event_position', 41)")
    told = python(restore(), ADVANCED.format(sql=forward))
    assert int(told.stdout.splitlines()[-1]) > 1_000_000, told.stderr
