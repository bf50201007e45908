"""The house: every variable named, every room in its place, the service says how it is."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest
import yaml
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.test import Client

from config.environment import BASE_DIR, SOCKET_DIR, networks
from config.fresh_env import fresh

EXAMPLE = BASE_DIR / ".env.example"
SETTINGS = [BASE_DIR / "config" / name for name in ("settings.py", "environment.py", "stack.py")]


def test_every_variable_is_in_the_example():
    source = "\n".join(path.read_text() for path in SETTINGS)
    read = set(
        re.findall(
            r'(?:env\.\w+|required|provider_key|_port|budget|throttle|web_address|colour)\(\s*"([A-Z_]+)"', source
        )
    )
    read |= {f"{name}_{part}" for name in settings.PROVIDERS for part in ("CLIENT_ID", "CLIENT_SECRET")}
    named = set(re.findall(r"^#? ?([A-Z_]+)=", EXAMPLE.read_text(), re.MULTILINE))
    assert named == read


def test_sockets_fit_a_path_of_any_length():
    assert len(str(SOCKET_DIR / ".s.PGSQL.5432")) < 60


def test_no_lock_file_names_an_index():
    for path in (BASE_DIR / "requirements").iterdir():
        text = path.read_text()
        assert "://" not in text
        assert text.count("--hash=sha256:") > 50


def test_documents_point_at_what_is_there():
    for page in [BASE_DIR / "README.md", *(BASE_DIR / "docs").glob("*.md")]:
        text = page.read_text()
        links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", text)
        assert [link for link in links if not (page.parent / link).exists()] == [], page.name
        named = re.findall(
            r"`((?!connect/link/)(?:config|connect|networks|pages|walls|channels|social_auth|tests|benchmarks)/[\w/.-]+)`",
            text,
        )
        assert [name for name in named if not (BASE_DIR / name).exists()] == [], page.name


def test_every_test_that_the_page_on_security_names_is_there():
    named = re.findall(r"`([\w/]+\.py)(?:::(\w+))?`", (BASE_DIR / "docs/security.md").read_text())
    assert len(named) > 60
    tests = BASE_DIR / "tests"
    missing = [(file, name) for file, name in named if f"def {name}" not in (tests / file).read_text()]
    assert missing == []


@pytest.mark.django_db
class TestHealth:
    def test_live_and_ready(self, client):
        assert client.get("/health/live").json() == {"status": "ok"}
        ready = client.get("/health/ready")
        assert (ready.status_code, ready.json()["status"]) == (200, "ok")

    def test_the_version_is_told_where_people_look(self, client):
        version = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]
        assert client.get("/health/").json()["version"] == version
        schema = client.get("/api/schema/?format=json", headers={"Accept": "application/json"}).json()
        assert schema["info"]["version"] == version
        assert f"## {version}" in (BASE_DIR / "CHANGELOG.md").read_text()

    def test_redis_and_providers_may_be_down(self, client, settings):
        settings.REDIS_URL = "redis://127.0.0.1:9/0"
        state = client.get("/health/")
        assert state.status_code == 200
        assert state.json()["redis"].startswith("failed")
        assert state.json()["providers"].startswith("failed")

    def test_the_database_may_not(self, client, monkeypatch):
        from django.db import OperationalError

        def down():
            raise OperationalError("down")

        monkeypatch.setattr("config.health.database", down)
        answer = client.get("/health/ready")
        assert (answer.status_code, answer.json()["database"]) == (503, "failed: OperationalError")

    def test_metrics(self, client, settings):
        client.post("/api/get/networks/")
        counted = 'http_response_status_code="401",http_route="api/get/networks/"'
        assert counted in client.get("/metrics").content.decode()
        settings.METRICS_OPEN = False
        assert client.get("/metrics", REMOTE_ADDR="203.0.113.9").status_code == 404
        settings.METRICS_ALLOWED = networks("METRICS_ALLOWED", ["203.0.113.7/24", "fd00::/8"])
        for address, code in (("203.0.113.9", 200), ("fd12::1", 200), ("203.0.114.9", 404), ("", 404)):
            assert client.get("/metrics", REMOTE_ADDR=address).status_code == code
        with pytest.raises(ImproperlyConfigured, match="METRICS_ALLOWED"):
            networks("METRICS_ALLOWED", ["10.0.0.0/8", "the monitoring"])

    @pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/health/", "/metrics"])
    def test_a_pods_address_and_plain_http_are_good_for_probes(self, settings, path):
        settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["localhost", "connect.example.com"], True
        asked = Client()
        assert asked.get(path, headers={"Host": "10.1.2.3:8000"}).status_code == 200
        assert asked.get("/api/docs/", headers={"Host": "10.1.2.3:8000"}).status_code == 400
        assert asked.get("/api/docs/", headers={"Host": "connect.example.com"}).status_code == 301

    @pytest.mark.parametrize("path", ["/api/get/networks/", "/_allauth/app/v1/auth/login", "/api/nothing/"])
    def test_calls_over_plain_http_are_refused_and_not_redirected(self, client, settings, path):
        """Who is redirected never learns that a token went out unencrypted (ASVS 4.1.2)."""
        settings.SECURE_SSL_REDIRECT, settings.SECURE_PROXY_SSL_HEADER = True, ("HTTP_X_FORWARDED_PROTO", "https")
        answer = client.post(path, {}, content_type="application/json")
        assert (answer.status_code, answer.json()["error"], "Location" in answer) == (403, "https_required", False)
        by_proxy = client.post(path, {}, content_type="application/json", headers={"X-Forwarded-Proto": "https"})
        assert by_proxy.json()["error"] != "https_required"
        assert client.get("/account/delete/").status_code == 301


@pytest.mark.django_db
class TestSchema:
    def test_every_call_is_described_without_warnings(self, tmp_path):
        file = tmp_path / "schema.yaml"
        call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(file))
        schema = yaml.safe_load(file.read_text())
        assert schema["openapi"].startswith("3.1")
        ours = {path: call for path, call in schema["paths"].items() if path.startswith("/api/")}
        theirs = {path for path in schema["paths"] if path.startswith("/_allauth/app/v1/")}
        assert (len(ours), len(theirs)) == (44, len(schema["paths"]) - 44)
        assert {"/_allauth/app/v1/auth/signup", "/_allauth/app/v1/auth/provider/token"} <= theirs
        assert "/_allauth/app/v1/auth/provider/redirect" not in theirs
        for path, call in ours.items():
            if path == "/api/callbacks/google/":  # one signed token, answered as RFC 8935 says
                assert set(call["post"]["responses"]) >= {"202", "400"}
                continue
            assert path in ("/api/get/network-types/", "/api/account/export/", "/api/account/erase/code/") or set(
                call["post"]["requestBody"]["content"]
            ) == {
                "application/json",
                "application/x-www-form-urlencoded",
                "multipart/form-data",
            }, path
            nobody = any(word in path for word in ("/callbacks/", "network-types", "erase/status"))
            public = {"200", "400"} if nobody else {"200", "400", "401"}
            assert public <= set(call["post"]["responses"]), path

    @pytest.mark.parametrize(
        "path", ["get/networks/", "get/social-pages/", "network/status/", "get/network-history/", "network/refresh/"]
    )
    def test_every_key_of_an_answer_is_described(self, alice, sandbox, path):
        from drf_spectacular.generators import SchemaGenerator

        pk = alice.connected("tiktok")
        page = {"network": "facebook", "page_id": "p1", "page_name": "P", "page_url": "https://facebook.com/p1"}
        alice.ok("add/social-page/", page)
        schemas = SchemaGenerator().get_schema(request=None, public=True)
        named = json.dumps(schemas["components"]["schemas"])
        asked = {"view": "full"} if "get/" in path and "history" not in path else {"network_id": pk}
        assert all(f'"{key}"' in named for key in _keys(alice.ok(path, asked)))
        rows = schemas["components"]["schemas"]["NetworkRow"]["properties"]
        assert {"engagement_source", "followers_quality"} <= set(rows)

    def test_pages(self, client):
        assert client.get("/api/schema/").status_code == 200
        page = client.get("/api/docs/").content.decode()
        assert "swagger" in page
        assert "https://" not in page  # nothing from elsewhere: it works offline


def test_production_does_not_start_half_configured():
    command = [sys.executable, "-c", "import config.settings"]
    done = subprocess.run(
        command,
        env={"CONNECT_ENV": "production", "PATH": ""},
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "SECRET_KEY" in done.stderr


def _keys(answer):
    """Every key of an answer but those of the creator's own data."""
    for key, value in answer.items() if isinstance(answer, dict) else ():
        yield key
        yield from () if key == "extra_data" else _keys(value)
    for one in answer if isinstance(answer, list) else ():
        yield from _keys(one)


ROOMS = ("config", "connect", "networks", "pages", "walls", "channels", "social_auth")


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph(*ROOMS, exclude_type_checking_imports=True, cache_dir=None)


def test_no_file_imports_in_a_circle(graph):
    """Late imports included. A session's store and its model name each other, as Django's own do."""
    imports = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    imports["connect.sessions.store"] -= {"connect.sessions.models"}
    TopologicalSorter(imports).prepare()  # raises CycleError, and says which


def room(module):
    top, _, rest = module.partition(".")
    return rest.partition(".")[0] if top == "social_auth" else top


def test_the_picture_of_the_rooms_is_what_they_import(graph):
    below = {name: set() for name in map(room, graph.modules) if name}
    for module in graph.modules - {"social_auth"}:
        below[room(module)] |= set(map(room, graph.find_modules_directly_imported_by(module)))
    below = {name: found - {name, ""} for name, found in below.items()}
    everything = {}
    for name in TopologicalSorter(below).static_order():
        everything[name] = below[name].union(*(everything[other] for other in below[name]))
    arrows = {
        (name, found)
        for name, others in below.items()
        for found in others
        if not any(found in everything[other] for other in others)
    }
    picture = (BASE_DIR / "docs" / "architecture.md").read_text()
    assert set(re.findall(r"^    (\w+) --> (\w+)$", picture, re.MULTILINE)) == arrows


@pytest.mark.slow
def test_production_starts_without_what_the_image_leaves_out(tmp_path):
    listing = subprocess.run(["git", "ls-files"], cwd=BASE_DIR, capture_output=True, text=True, check=True)
    left_out = [line for line in (BASE_DIR / ".dockerignore").read_text().split("\n") if line and line[0] != "#"]
    for name in map(Path, listing.stdout.split()):
        if not any(part.match(pattern) for pattern in left_out for part in (name, *name.parents)):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(BASE_DIR / name, tmp_path / name)
    assert not (tmp_path / "social_auth" / "sandbox").exists()
    (tmp_path / ".env").write_text(re.sub(r"^#.*", "", fresh(EXAMPLE.read_text()), flags=re.MULTILINE))
    environment = {"PATH": os.environ["PATH"], "CONNECT_ENV": "production"}
    command = [sys.executable, "manage.py", "check"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
