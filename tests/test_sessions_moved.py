"""Sessions of the version before live on, in its processes and in ours: both have one table."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.contrib.sessions.models import Session as OldSession
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from social_auth.management.commands import finish_upgrade

from connect.sessions.models import Session

BEFORE, AFTER = ("connect", "0009_sessions_moved"), ("connect", "0010_one_table_of_sessions")


def is_signed_in(creator):
    answer = creator.client.post("/api/get/networks/", headers={"X-Session-Token": creator.session_token})
    return answer.status_code == 200


@pytest.mark.django_db(transaction=True)
def test_who_was_signed_in_stays_signed_in(alice, bob, monkeypatch):
    monkeypatch.setattr("connect.sessions.models.AT_ONCE", 2)
    MigrationExecutor(connection).migrate([BEFORE])
    for number in range(4):
        OldSession.objects.create(pk=f"unreadable{number}", session_data="x", expire_date=timezone.now())
    Session.objects.exclude(pk=bob.session_token).delete()  # bob's was copied by the migration that was there before
    assert not is_signed_in(alice)
    MigrationExecutor(connection).migrate([AFTER])
    assert is_signed_in(alice)
    assert is_signed_in(bob)
    owners = dict(Session.objects.values_list("pk", "user_id"))
    assert (owners[alice.session_token], owners[bob.session_token]) == (alice.user.pk, bob.user.pk)
    assert owners["unreadable0"] is None


@pytest.mark.django_db(transaction=True)
def test_sessions_are_copied_while_everybody_goes_on_and_what_they_change_meanwhile_counts(alice, bob, monkeypatch):
    migration = import_module("connect.migrations.0010_one_table_of_sessions")
    copy_ahead, ends = migration.copy_ahead, timezone.now()
    monkeypatch.setattr(migration, "AT_ONCE", 2)
    MigrationExecutor(connection).migrate([BEFORE])
    Session.objects.all().delete()
    for number in range(5):
        OldSession.objects.create(pk=f"{number}", session_data="before", expire_date=ends)

    def copy_and_go_on(*args):
        copy_ahead(*args)
        assert not connection.in_atomic_block  # and so nothing is locked
        assert Session.objects.count() == 7
        OldSession.objects.filter(pk=alice.session_token).delete()  # signed out
        OldSession.objects.filter(pk="2").update(session_data="after")
        OldSession.objects.filter(pk="3").update(expire_date=ends + timedelta(days=1))
        OldSession.objects.create(pk="-", session_data="new", expire_date=ends)

    monkeypatch.setattr(migration, "copy_ahead", copy_and_go_on)
    MigrationExecutor(connection).migrate([AFTER])
    assert not is_signed_in(alice)
    assert is_signed_in(bob)
    others = Session.objects.exclude(pk=bob.session_token)
    told = {"-": "new", "0": "before", "1": "before", "2": "after", "3": "before", "4": "before"}
    assert dict(others.values_list("pk", "session_data")) == told
    assert Session.objects.get(pk="3").expire_date == ends + timedelta(days=1)


@pytest.mark.django_db(transaction=True)
def test_who_signed_out_while_the_version_before_was_back_stays_signed_out(alice, bob):
    MigrationExecutor(connection).migrate([BEFORE])
    OldSession.objects.get(pk=alice.session_token).delete()
    MigrationExecutor(connection).migrate([AFTER])
    assert not is_signed_in(alice)
    assert is_signed_in(bob)


@pytest.mark.django_db
def test_a_process_of_the_version_before_knows_the_same_sessions(alice, bob, capsys):
    ends = timezone.now() + timedelta(days=1)
    ours = OldSession.objects.get(pk=alice.session_token)
    assert ours.get_decoded()["_auth_user_id"] == str(alice.user.pk)

    theirs = Session.objects.get(pk=bob.session_token)
    Session.objects.filter(pk=bob.session_token).delete()
    OldSession.objects.create(pk=bob.session_token, session_data=theirs.session_data, expire_date=ends)
    assert is_signed_in(bob)
    assert Session.objects.get(pk=bob.session_token).user_id is None
    call_command("finish_upgrade")
    assert Session.objects.get(pk=bob.session_token).user_id == bob.user.pk
    told = capsys.readouterr().out
    assert "1 sessions say whose they are now." in told
    assert "0 sessions of erased accounts are deleted." in told

    OldSession.objects.get(pk=alice.session_token).delete()  # signed out there
    assert not is_signed_in(alice)


@pytest.mark.django_db
def test_a_session_that_the_version_before_wrote_for_an_erased_account_goes(alice, bob, capsys):
    theirs = Session.objects.get(pk=alice.session_token)
    alice.close_account()
    assert not Session.objects.filter(pk=theirs.pk).exists()
    OldSession.objects.create(pk=theirs.pk, session_data=theirs.session_data, expire_date=theirs.expire_date)
    call_command("finish_upgrade")
    assert "1 sessions of erased accounts are deleted." in capsys.readouterr().out
    assert [*Session.objects.values_list("pk", flat=True)] == [bob.session_token]


@pytest.mark.django_db
def test_finishing_an_upgrade_has_no_time_limit_for_its_statements_and_leaves_one(monkeypatch):
    limits = []

    def limit(*_):
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            limits.append(cursor.fetchone()[0])
        return 0

    monkeypatch.setattr(finish_upgrade, "flag_doubles", limit)
    before = limit() or limits.pop()
    call_command("finish_upgrade")
    limit()
    assert {*limits[:-1]} == {"0"}
    assert limits[-1] == before != "0"
