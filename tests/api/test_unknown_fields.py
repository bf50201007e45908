"""Who misspells a field or a choice is told which, and not left to wonder."""

import pytest

from tests.support.api import PASSWORD, a_claim

pytestmark = pytest.mark.django_db
APPROVAL = "action/network/approval/"


class TestUnknownFields:
    def test_they_are_named_in_a_header(self, alice):
        answer = alice.post(APPROVAL, a_claim(folowers=5, catgory="x"))
        assert (answer.status_code, answer.headers["X-Unknown-Fields"]) == (200, "folowers, catgory")

    def test_of_a_form_too(self, alice):
        answer = alice.post("get/networks/", {"veiw": "full"}, content="form")
        assert (answer.status_code, answer.headers["X-Unknown-Fields"]) == (200, "veiw")

    def test_a_refusal_names_them_as_well(self, alice):
        answer = alice.post("network/status/", {"networkid": 1})
        assert (answer.status_code, answer.headers["X-Unknown-Fields"]) == (400, "networkid")

    def test_nothing_unknown_needs_no_header(self, alice):
        assert "X-Unknown-Fields" not in alice.post(APPROVAL, a_claim()).headers
        assert "X-Unknown-Fields" not in alice.post("get/networks/").headers

    @pytest.mark.parametrize("name", ["a\r\nSet-Cookie: x=1", "ö" * 100, ","])
    def test_what_is_written_is_harmless(self, alice, name):
        told = alice.post("get/networks/", {name: 1}).headers["X-Unknown-Fields"]
        assert told.isascii()
        assert not {"\r", "\n", ",", ":"} & set(told)

    def test_the_platform_may_have_them_refused(self, alice, settings):
        settings.CONNECT_UNKNOWN_KEYS = "refuse"
        assert alice.refused("get/networks/", {"veiw": "full"}) == (
            400,
            {"error": "validation_error", "message": "Unknown field", "field": "veiw"},
        )
        _, told = alice.refused(APPROVAL, a_claim(folowers=5, catgory="x"))
        assert [one["field"] for one in told["errors"]] == ["folowers", "catgory"]
        assert alice.ok("get/networks/") == {"networks": []}

    def test_or_ignored(self, alice, settings):
        settings.CONNECT_UNKNOWN_KEYS = "ignore"
        assert "X-Unknown-Fields" not in alice.post("get/networks/", {"veiw": "full"}).headers

    def test_extra_data_is_free(self, alice):
        pk = alice.claim()
        answer = alice.post("action/network-extra/update/", {"network_id": pk, "extra_data": {"anything": 1}})
        assert "X-Unknown-Fields" not in answer.headers


class TestChoices:
    @pytest.mark.parametrize(
        ("body", "message"),
        [
            ({"view": "long"}, "Must be one of brief, full"),
            ({"view": 1}, "Must be one of brief, full"),
            ({"status": "open"}, "Must be one of pending, accepted, rejected, suspended, disconnected"),
        ],
    )
    def test_those_that_there_are_are_told(self, alice, body, message):
        [field] = body
        assert alice.refused("get/networks/", body)[1] == {
            "error": "validation_error",
            "message": message,
            "field": field,
        }

    def test_the_contracts_words_of_a_network_stay(self, alice):
        assert alice.refused("get/networks/", {"network": "myspace"})[1]["message"] == "Network type not supported"


class TestRefusalsOfTheSignIn:
    def call(self, client, path, body):
        return client.post(f"/_allauth/app/v1/{path}", body, content_type="application/json").json()

    def test_a_wrong_field_is_named_in_the_contracts_words_and_in_allauths(self, client):
        told = self.call(client, "auth/signup", {"email": "nobody", "password": PASSWORD})
        assert (told["error"], told["field"], told["status"]) == ("validation_error", "email", 400)
        assert told["message"] == told["errors"][0]["message"]
        assert {"code", "param", "field"} <= set(told["errors"][0])

    def test_a_dead_refresh_token_says_so(self, client):
        told = self.call(client, "tokens/refresh", {"refresh_token": "dead"})
        assert (told["error"], told["status"]) == ("invalid_refresh_token", 400)

    def test_a_missing_one_is_a_missing_field(self, client):
        told = self.call(client, "tokens/refresh", {})
        assert (told["error"], told["field"]) == ("validation_error", "refresh_token")

    def test_a_process_that_is_none_is_told_the_choice(self, client):
        told = self.call(client, "auth/provider/token", {"provider": "google", "process": "x", "token": {}})
        assert "Must be login" in next(one["message"] for one in told["errors"] if one["field"] == "process")
