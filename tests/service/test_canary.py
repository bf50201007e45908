"""A token goes through connect, refresh, failure and disconnect, and is found nowhere but where it is sealed."""

import base64
import logging
from urllib.parse import quote

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.utils import timezone

from networks.models import SocialNetwork
from social_auth.credentials import tasks
from social_auth.credentials.models import Revocation
from social_auth.refresh import batches, planning
from social_auth.sandbox.tokens import mint
from tests.support.api import posted

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
NETWORKS = ("facebook", "google", "instagram", "twitter", "tiktok", "linkedin", "pinterest")
BROKEN = ("expired", "revoked", "rate_limited", "5xx")


def disguises(token: str) -> list[str]:
    raw = token.encode()
    return [
        token,
        quote(token),
        raw.hex(),
        base64.b64encode(raw).decode(),
        base64.urlsafe_b64encode(raw).decode(),
        token[::-1],
    ]


def database_dump() -> str:
    with connection.cursor() as cursor:
        texts = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            texts += [row[0] for row in cursor.fetchall()]
        return "\n".join(texts)


def redis_dump() -> str:
    client = redis.Redis.from_url(settings.REDIS_URL)
    return "\n".join(f"{key!r} {client.dump(key)!r}" for key in client.scan_iter())


def admin_pages(desk) -> str:
    pages = [desk.get("/admin/"), desk.get("/admin/networks/socialnetwork/")]
    pages += [
        desk.get(f"/admin/networks/socialnetwork/{pk}/change/")
        for pk in SocialNetwork.objects.values_list("pk", flat=True)
    ]
    assert all(page.status_code == 200 for page in pages)
    return "\n".join(page.content.decode() for page in pages)


def test_no_token_anywhere(alice, desk, sandbox, caplog, django_capture_on_commit_callbacks):
    caplog.set_level(logging.DEBUG)
    canaries, answers = [], []

    def send(path, body):
        canaries.extend([body["access_token"], body.get("refresh_token", "")])
        answers.append(alice.post(path, body).content.decode())

    with django_capture_on_commit_callbacks(execute=True):
        for network in NETWORKS:
            name = "youtube" if network == "google" else network
            token = mint(name, "maya")
            send(f"auth/{network}/", posted(token) | {"refresh_token": str(token.sibling("refresh"))})
            for state in BROKEN:
                send(f"auth/{network}/", posted(mint(name, "eve", state=state)))
            send(f"auth/{network}/", posted(mint(name, "eve")) | {"user_id": "somebody-else"})
        answers.append(admin_pages(desk))
        SocialNetwork.objects.update(next_refresh_at=timezone.now())
        for batch in planning.REFRESH.claim_due(timezone.now()):
            batches.refresh_batch(batch.lane, batch.token, batch.ids)
        answers.append(str(alice.ok("get/networks/", {"view": "full"})))
        for pk in SocialNetwork.objects.values_list("pk", flat=True):
            alice.ok("network/disconnect/", {"network_id": pk})
    before = database_dump()
    for pk in Revocation.objects.values_list("pk", flat=True):
        tasks.revoke(pk=pk)
    answers.append(admin_pages(desk))

    assert SocialNetwork.objects.filter(status="disconnected").count() == len(NETWORKS)
    assert not Revocation.objects.exclude(access_cipher="", refresh_cipher="").exists()
    haystack = "\n".join([before, database_dump(), redis_dump(), caplog.text, repr(caplog.records), *answers])
    assert len(haystack) > 10_000
    found = [canary for canary in canaries if canary for disguise in disguises(canary) if disguise in haystack]
    assert not found


def test_the_search_would_find_one(alice):
    alice.claim(category="canary-in-a-column")
    assert "canary-in-a-column" in database_dump()
