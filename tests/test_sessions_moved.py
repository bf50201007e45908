"""Sessions of before are moved a thousand at a time, and nobody is signed out by that."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session as OldSession
from django.utils import timezone

from connect.sessions.models import Session

MIGRATION = import_module("connect.migrations.0009_sessions_moved")


@pytest.mark.django_db
def test_who_was_signed_in_stays_signed_in(alice, monkeypatch):
    monkeypatch.setattr(MIGRATION, "AT_ONCE", 2)
    ends = timezone.now() + timedelta(days=1)
    signed_in = Session.objects.get(session_key=alice.session_token)
    OldSession.objects.create(pk=signed_in.pk, session_data=signed_in.session_data, expire_date=ends)
    for number in range(4):
        OldSession.objects.create(pk=f"unreadable{number}", session_data="x", expire_date=ends)
    Session.objects.all().delete()
    assert alice.client.post("/api/get/networks/", headers={"X-Session-Token": alice.session_token}).status_code == 401

    MIGRATION.move(apps, None)

    assert not OldSession.objects.exists()
    assert Session.objects.get().user_id == alice.user.pk
    assert alice.client.post("/api/get/networks/", headers={"X-Session-Token": alice.session_token}).status_code == 200
