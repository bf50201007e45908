"""Whoever types the bare address, or forgets a slash, is told where to go."""

import re

import pytest

PAGES = ("/api/docs/", "/api/schema/?format=json", "/admin/queue/", "/health/")


class TestTheFrontPage:
    def test_it_leads_everywhere(self, client, settings):
        told = client.get("/").content.decode()
        for place in (*PAGES, "#quickstart", settings.CONNECT_PROVIDER_PROXY):
            assert f'href="{place}"' in told
        assert 'id="quickstart"' in told
        assert "/_allauth/app/v1/auth/signup" in told

    @pytest.mark.django_db
    def test_its_links_lead_somewhere(self, client):
        for place in re.findall(r'href="(/[^"]+)"', client.get("/").content.decode()):
            assert client.get(place).status_code in (200, 302), place

    def test_production_has_no_sandbox(self, client, settings):
        settings.CONNECT_PROVIDER_PROXY = ""
        assert "Sandbox" not in client.get("/").content.decode()

    def test_it_needs_no_script_and_has_two_colours(self, client):
        told = client.get("/").content.decode()
        assert "<script" not in told
        assert "color-scheme: light dark" in told

    def test_it_is_only_read(self, client):
        answer = client.post("/")
        assert (answer.status_code, answer.json()["error"]) == (405, "method_not_allowed")


class TestAPathWithoutItsSlash:
    @pytest.mark.parametrize(
        ("sent", "meant"),
        [
            ("/api/get/networks", "/api/get/networks/"),
            ("/api/auth/instagram", "/api/auth/instagram/"),
            ("/api/get/networks//", "/api/get/networks/"),
            ("/admin", "/admin/"),
            ("/health/live/", "/health/live"),
            ("/_allauth/app/v1/auth/login/", "/_allauth/app/v1/auth/login"),
        ],
    )
    def test_it_is_told_which_was_meant(self, client, sent, meant):
        answer = client.post(sent, {}, content_type="application/json")
        told = answer.json()
        assert (answer.status_code, told["error"], told["message"]) == (
            404,
            "not_found",
            f"Not found: the path is {meant}",
        )

    @pytest.mark.parametrize("sent", ["/api/get/nothing", "/api", "/nothing/"])
    def test_what_is_nothing_stays_nothing(self, client, sent):
        answer = client.post(sent)
        assert (answer.status_code, answer.json()) == (404, {"error": "not_found", "message": "Not found"})
