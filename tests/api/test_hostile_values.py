"""Every hostile value in every field of every POST route, as JSON and as text, allauth's included: no 5xx."""

import json
from itertools import islice
from urllib.parse import quote_plus

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.support.api import a_claim, flat
from tests.support.hostile import TEXTS, VALUES

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.timeout(600)]
LISTS = {"view": "full", "status": "pending", "network": "instagram", "health": "none", "limit": 1, "cursor": "1"}
TOKEN = {"access_token": "x", "user_id": "1", "refresh_token": "x", "id_token": "x"}
ROUTES = {
    "api/get/networks/": LISTS,
    "api/connect/link/": {
        "network": "tiktok", "network_id": 1, "return_url": "connect-demo://connected", "scopes": ["video.list"],
    },
    "api/account/export/": {},
    "api/account/erase/": {
        "confirm": "erase", "password": "x", "mailed_code": "x", "network": "youtube", "code": "x", **TOKEN,
    },
    "api/account/erase/code/": {},
    "api/account/notices/": {"ends": False, "broken": False, "decisions": False},
    "api/account/erase/status/": {"receipt": "x"},
    "api/account/sign-in/move/": {"network": "youtube", "code": "x", "redirect_uri": "x", "code_verifier": "x"},
    "api/get/events/": {"cursor": "1", "limit": 1},
    "api/get/network-types/": {"network": "instagram"},
    "api/get/network-assets/": {"network_id": 1},
    "api/get/network-history/": {"network_id": 1, "days": 1},
    "api/get/social-pages/": LISTS,
    "api/get/social-walls/": LISTS,
    "api/get/social-channels/": LISTS,
    "api/action/network/approval/": a_claim(category="fashion"),
    "api/action/network-extra/update/": {"network_id": 1, "extra_data": {"bio": "x", "engagement_rate": 1}},
    "api/action/network/appeal/": {"network_id": 1, "text": "x"},
    "api/network/status/": {"network_id": 1},
    "api/network/disconnect/": {"network_id": 1},
    "api/network/refresh/": {"network_id": 1},
    **{
        f"api/add/social-{noun}/": {
            "network": "facebook", f"{noun}_id": "x", f"{noun}_name": "x", f"{noun}_url": "https://facebook.com/x",
            count: 1, "category": "x",
        }
        for noun, count in (("page", "followers"), ("wall", "followers"), ("channel", "subscribers"))
    },
    **{f"api/action/social-{noun}/appeal/": {f"{noun}_id": 1, "text": "x"} for noun in ("page", "wall", "channel")},
    **{f"api/disconnect/social-{noun}/": {f"{noun}_id": 1} for noun in ("page", "wall", "channel")},
    **{
        f"api/callbacks/{network}/{what}/": {"signed_request": "a.b"}
        for network in ("facebook", "instagram") for what in ("deauthorize", "data-deletion")
    },
    "api/callbacks/google/": {"token": "x"},
    "api/callbacks/tiktok/": {"client_key": "x", "event": "x", "create_time": 1, "user_openid": "x", "content": "{}"},
    **{
        f"api/auth/{network}/": TOKEN
        for network in ("facebook", "google", "youtube", "instagram", "twitter", "tiktok", "linkedin", "pinterest")
    },
}  # fmt: skip
HEADLESS = {
    "auth/login": {"email": "a@example.org", "password": "x", "username": "x", "phone": "x"},
    "auth/signup": {"email": "a@example.org", "password": "correct-horse", "username": "x"},
    "auth/provider/token": {
        "provider": "facebook",
        "process": "login",
        "token": {
            "client_id": "facebook-client-id",
            "access_token": "x",
            "id_token": "x",
            "code": "",
            "redirect_uri": "",
        },
    },
    "auth/provider/signup": {"email": "a@example.org"},
    "auth/password/request": {"email": "a@example.org"},
    "auth/password/reset": {"key": "x", "password": "correct-horse"},
    "auth/email/verify": {"key": "x"},
    "auth/email/verify/resend": {"email": "a@example.org"},
    "auth/reauthenticate": {"password": "x"},
    "auth/code/request": {"email": "a@example.org"},
    "auth/code/confirm": {"code": "x"},
    "auth/phone/verify": {"code": "x"},
    "auth/phone/verify/resend": {},
    "auth/provider/redirect": {"provider": "facebook", "callback_url": "https://example.org", "process": "login"},
    "auth/session": {},
    "auth/2fa/authenticate": {"code": "123456"},
    "auth/2fa/reauthenticate": {"code": "123456"},
    "account/authenticators": {},
    "account/authenticators/totp": {"code": "123456"},
    "account/authenticators/recovery-codes": {},
    "account/password/change": {"current_password": "x", "new_password": "correct-horse-2"},
    "account/email": {"email": "b@example.org"},
    "account/phone": {"phone": "x"},
    "account/providers": {"provider": "facebook", "account": "x"},
    "tokens/refresh": {"refresh_token": "x"},
    "session/refresh": {"refresh_token": "x"},
}
OTHERS = ["put", "patch", "delete"]
HEADERS = ["X-Session-Token", "Authorization", "Cookie", "Accept", "Content-Type", "X-Request-ID", "X-Forwarded-For"]


KIN = [
    [path for path in ROUTES if path.startswith(start)]
    for start in ("api/add/social-", "api/action/social-", "api/disconnect/social-", "api/get/social-")
] + [[path for path in ROUTES if path.startswith("api/auth/")]]
KIN_SHARE = {1: 1, 3: 3, 8: 4}
"""Into how many shares the values are divided, by how many routes are read by the same code."""


def as_json(value) -> bytes:
    return json.dumps(value).encode()  # lone surrogates become \ud800 escapes, as an attacker would send them


def as_form(value) -> bytes:
    return quote_plus(str(value).encode("utf-8", "surrogatepass")).encode()


def names(fields):
    """Every field, and every field inside a field, as in `extra_data[bio]`."""
    for name, value in fields.items():
        yield name
        if isinstance(value, dict):
            yield from (f"{name}[{inner}]" for inner in value)


def replaced(fields, name, value):
    outer, _, inner = name.rstrip("]").partition("[")
    return {**fields, outer: {**fields[outer], inner: value} if inner else value}


def other_pairs(fields, name):
    return {key: inner for key, inner in flat(fields).items() if key != name and not key.startswith(f"{name}[")}


def as_urlencoded(fields, name, value):
    pairs = [(as_form(key), as_form(inner)) for key, inner in other_pairs(fields, name).items()]
    pairs.append((name.encode(), as_form(value)))
    return b"&".join(key + b"=" + inner for key, inner in pairs), "application/x-www-form-urlencoded"


def as_multipart(fields, name, value):
    part = b'--B\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    parts = [part % (key.encode(), str(inner).encode()) for key, inner in other_pairs(fields, name).items()]
    parts.append(part % (name.encode(), str(value).encode("utf-8", "surrogatepass")))
    return b"".join(parts) + b"--B--\r\n", "multipart/form-data; boundary=B"


def share_of(path):
    """The values for a route: those that are read by the same code share them, all of them twice among the networks."""
    kin = next((kin for kin in KIN if path in kin), [path])
    return VALUES[kin.index(path) % KIN_SHARE[len(kin)] :: KIN_SHARE[len(kin)]]


def bodies(fields, values=VALUES):
    """The valid body with one field replaced: as JSON, and in turns as form or multipart, which are one once read."""
    for place, name in enumerate(names(fields)):
        for number, value in enumerate(values):
            yield name, value, as_json(replaced(fields, name, value)), "application/json"
            if not isinstance(value, str):
                continue  # a form has texts only, and a number's is among them
            as_text = as_multipart if (place + number) % 2 else as_urlencoded
            yield name, value, *as_text(fields, name, value)


def as_other_method(path):
    """What the three other methods share among them: allauth reads a body as JSON whatever it says."""
    return (posted for posted in bodies(HEADLESS[path]) if posted[-1] == "application/json")


def own_records(creator):
    """Ids of records that exist, so that a write is reached and not a 404."""
    page = {"network": "facebook", "page_name": "P", "wall_name": "P", "channel_name": "P"}
    for noun in ("page", "wall", "channel"):
        page |= {f"{noun}_id": "p", f"{noun}_url": "https://facebook.com/p"}
    ids = {f"{noun}_id": creator.ok(f"add/social-{noun}/", page)[f"{noun}_id"] for noun in ("page", "wall", "channel")}
    return ids | {"network_id": creator.claim()}


def check(answer, what):
    reached = (
        answer.status_code == 503 and answer.json()["error"] == "provider_unavailable"
    )  # nobody is there: see above
    assert answer.status_code < 500 or reached, (what, answer.status_code, answer.content[:300])
    if answer.status_code >= 400 and b"application/json" in answer["Content-Type"].encode():
        assert json.loads(answer.content), what


def test_there_are_enough_values():
    assert len(VALUES) >= 100


@pytest.mark.parametrize("path", ROUTES)
def test_api(alice, path, monkeypatch):
    monkeypatch.setattr("social_auth.wire.transport.send", _refuse)
    client = Client(raise_request_exception=False, headers={"Authorization": f"Bearer {alice.bearer}"})
    fields = ROUTES[path] | {name: pk for name, pk in own_records(alice).items() if ROUTES[path].get(name) == 1}
    for name, value, body, content in bodies(fields, share_of(path)):
        check(client.post(f"/{path}", body, content_type=content), (path, name, value, content))
    for value in VALUES:
        check(client.post(f"/{path}", as_json(value), content_type="application/json"), (path, value))


@pytest.mark.parametrize("path", HEADLESS)
@pytest.mark.parametrize("method", ["post", *OTHERS])
def test_headless(alice, path, method, monkeypatch):
    monkeypatch.setattr("social_auth.wire.transport.send", _refuse)
    monkeypatch.setattr("allauth.account.adapter.DefaultAccountAdapter.send_mail", lambda *_: None)
    headers = {"X-Session-Token": alice.session_token} if path.startswith(("account", "auth/reauth")) else {}
    client = Client(raise_request_exception=False, headers=headers)
    send = getattr(client, method)
    told = bodies(HEADLESS[path]) if method == "post" else islice(as_other_method(path), OTHERS.index(method), None, 3)
    for name, value, body, content in told:
        answer = send(f"/_allauth/app/v1/{path}", body, content_type=content)
        check(answer, (method, path, name, value, content))


@pytest.mark.parametrize(
    "path", ["/api/get/networks/", "/_allauth/app/v1/auth/session", "/admin/login/", "/health/ready"]
)
@pytest.mark.parametrize("header", HEADERS)
def test_headers(db, path, header):
    client = Client(raise_request_exception=False)
    for value in TEXTS:
        text = value.encode("utf-8", "surrogatepass").decode("latin-1")
        for method in (client.get, client.post):
            extra = {"CONTENT_TYPE" if header == "Content-Type" else f"HTTP_{header.upper().replace('-', '_')}": text}
            check(method(path, **extra), (path, header, value))


@pytest.mark.parametrize("path", ["/api/get/networks/", "/_allauth/app/v1/auth/session", "/admin/", "/health/", "/"])
def test_queries_and_paths(desk, path):
    desk.raise_request_exception = False
    for value in TEXTS:
        text = as_form(value).decode()
        for method in (desk.get, desk.post):
            check(method(f"{path}?q={text}&{text}=1&_changelist_filters={text}&next={text}"), (path, value))
            check(method(f"{path}{text}"), (path, value))


def test_no_post_route_is_left_out():
    routes = set(_routes(get_resolver().url_patterns))
    ours = {route for route in routes if route.startswith("api/")} - {"api/schema/", "api/docs/"}
    assert ours == set(ROUTES)
    theirs = {route.removeprefix("_allauth/app/v1/") for route in routes if route.startswith("_allauth/")}
    assert theirs - set(HEADLESS) <= {"config", "auth/sessions"}


def _routes(patterns, prefix=""):
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route


def _refuse(*_, **__):
    raise OSError("no network in this test")
