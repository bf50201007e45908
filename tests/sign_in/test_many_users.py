"""Sign-up, login and a forgotten password read no table of people from its beginning to its end."""

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from connect.models import User
from tests.support.api import PASSWORD
from tests.support.plans import analyze, reading_all_of, statements

pytestmark = pytest.mark.django_db
TABLES = ("connect_user", "account_emailaddress")
CALLS = {"signup": "new@example.org", "login": "alice@example.org", "password/request": "alice@example.org"}


@pytest.fixture
def many():
    people = [User(username=f"somebody{number}", email=f"somebody{number}@example.org") for number in range(5000)]
    users = User.objects.bulk_create(people)
    EmailAddress.objects.bulk_create(EmailAddress(user=user, email=user.email, primary=True) for user in users)
    analyze(*TABLES)


@pytest.mark.parametrize("call", CALLS)
def test_nobody_waits_for_a_scan_of_all_users(alice, many, call):
    with statements() as told:
        body = {"email": CALLS[call], "password": PASSWORD}
        answer = Client().post(f"/_allauth/app/v1/auth/{call}", body, content_type="application/json")
    assert answer.status_code in (200, 401), answer.content
    assert sum('"connect_user"' in sql for sql, _ in told) >= 2
    assert reading_all_of(told, *TABLES) == []


def test_nor_does_staff_who_name_a_creator_in_any_case(many):
    with statements() as told:
        assert User.objects.get(email__iexact="Somebody7@example.org").username == "somebody7"
    assert reading_all_of(told, *TABLES) == []
