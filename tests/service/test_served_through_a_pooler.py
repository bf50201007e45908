"""The service itself through PgBouncer: its lists, its audit trail and what its readiness says."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection, connections

from config.postgresql import pooling
from pages.models import SocialPage
from tests.support.pgbouncer import needs_pgbouncer, pgbouncer

pytestmark = [needs_pgbouncer, pytest.mark.slow]
SUBMITTED = {
    noun: {
        "network": "facebook",
        f"{noun}_id": f"{noun}1",
        f"{noun}_name": noun,
        f"{noun}_url": f"https://facebook.com/{noun}1",
    }
    for noun in ("page", "wall", "channel")
}


@pytest.fixture(autouse=True)
def _not_found_out_yet():
    pooling._mode.clear()
    yield
    pooling._mode.clear()


@pytest.fixture
def _service_through(transactional_db, request, monkeypatch):
    """The service's own connections lead through a pooler with two server connections."""
    at = connection.settings_dict["HOST"]
    if not at.startswith("/"):
        pytest.skip("The test's PostgreSQL listens on no socket")
    size = {"default_pool_size": "20" if request.param == "session" else "2"}
    with pgbouncer(Path(at), request.param, **size) as folder:
        monkeypatch.setitem(connection.settings_dict, "HOST", folder)
        monkeypatch.setitem(connection.settings_dict, "PORT", "6432")
        anew()
        yield
        anew()
    monkeypatch.undo()
    anew()


def anew():
    connection.close()
    connection.close_pool()


by_both = pytest.mark.parametrize("_service_through", ["session", "transaction"], indirect=True)


@pytest.mark.usefixtures("_service_through")
class TestTheServiceThroughIt:
    @by_both
    def test_every_list_has_its_own_rows(self, alice):
        for noun, body in SUBMITTED.items():
            alice.ok(f"add/social-{noun}/", body)

        def lists(_):
            try:
                return [alice.ok(f"get/social-{noun}s/") for noun in SUBMITTED]
            finally:
                connections.close_all()  # as after every request

        with ThreadPoolExecutor(8) as threads:
            told = list(threads.map(lists, range(60)))
        for each in told:
            assert [set(answer) for answer in each] == [{f"{noun}s"} for noun in SUBMITTED]
            rows = [answer[f"{noun}s"][0] for noun, answer in zip(SUBMITTED, each, strict=True)]
            assert [row[f"{noun}_name"] for noun, row in zip(SUBMITTED, rows, strict=True)] == [*SUBMITTED]

    @by_both
    def test_the_audit_trail_knows_the_request(self, alice):
        answer = alice.post("add/social-page/", SUBMITTED["page"], **{"X-Request-ID": "through-the-pooler"})
        assert answer.status_code == 200, answer.content
        context = SocialPage.objects.get().events.get().pgh_context.metadata
        assert context["request"] == "through-the-pooler"
        assert context["user"] == alice.user.pk

    @by_both
    def test_readiness_says_how(self, client, request):
        answer = client.get("/health/ready")
        assert answer.status_code == 200
        assert answer.json()["pooling"] == f"ok ({request.node.callspec.params['_service_through']})"

    @pytest.mark.parametrize("_service_through", ["statement"], indirect=True)
    def test_nobody_is_served_by_the_statement(self, client):
        answer = client.get("/health/ready")
        assert answer.status_code == 503
        assert (
            answer.json()["pooling"] == "failed: The pooler gives a connection for one statement: pool by transaction"
        )
