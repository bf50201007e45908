"""How many queries each call makes: exactly so many, with one record and with many."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.environment import BASE_DIR
from tests.api.test_hostile_values import ROUTES
from tests.support.calls import CALLS, Call, a_submission

pytestmark = pytest.mark.django_db


def asked(send) -> list[str]:
    """The queries of one call, without the savepoints that stand for transactions in a test."""
    with CaptureQueriesContext(connection) as captured:
        answer = send()
    assert answer.status_code in (200, 202), answer.content
    told = [query["sql"] or "" for query in captured]  # psycopg tells no text of what it has prepared
    return [sql for sql in told if "SAVEPOINT" not in sql]


@pytest.mark.parametrize("call", CALLS, ids=[call.path for call in CALLS])
def test_a_call_makes_no_query_more(alice, bob, sandbox, call: Call):
    for send in [call.prepare(bob, number) for number in (1, 3)]:  # what is looked up once; and again, as the benchmark
        assert send().status_code in (200, 202)

    queries = asked(call.prepare(alice, 2))

    assert len(queries) == call.queries, "\n".join(queries)


READING = [call for call in CALLS if call.path.startswith(("get/", "network/status/"))]


@pytest.mark.parametrize("call", READING, ids=[call.path for call in READING])
def test_nor_does_it_with_many_records(alice, sandbox, call: Call):
    call.prepare(alice, 30)()  # whatever is looked up once in a process
    few = len(asked(call.prepare(alice, 1)))
    for number in range(2, 12):
        alice.claim(name=f"more{number}")
        for noun, count in (("page", "followers"), ("wall", "followers"), ("channel", "subscribers")):
            alice.ok(f"add/social-{noun}/", a_submission(noun, number, count))
    assert len(asked(call.prepare(alice, 20))) == few


def test_no_call_is_left_out():
    assert {f"api/{call.path}" for call in CALLS if not call.path.startswith("(")} == set(ROUTES)


def test_the_page_about_performance_tells_the_same():
    page = (BASE_DIR / "docs" / "performance.md").read_text()
    told = dict(re.findall(r"^\| `(.+?)` \| \d+ us \| [\d.]* \| (\d+) \| \d* \|$", page, re.MULTILINE))
    assert told == {call.path: str(call.queries) for call in CALLS}
