"""The document walked from end to end: what broke a typed client is a rule here, and nothing goes without words."""

import re

import jsonschema
import pytest
from drf_spectacular.generators import SchemaGenerator

from connect.api.document.calls import CALLS
from connect.api.document.groups import GROUPS
from networks.models import SocialNetwork
from social_auth.sign_in.allauth_schema import missing_calls

METHODS = ("get", "post", "put", "patch", "delete")
TAKEN = {"Success", "Error", "Result", "List", "Map", "Unit", "Any", "Object", "String", "File", "View", "Process"}
"""Names of schemas that are classes of a language or of its library."""
LEAKS = re.compile(r"`describe`|A leaf|input guard|[Ss]erializer|drf|settings\.|ACCOUNT_|MFA_")


@pytest.fixture(scope="module")
def document():
    return SchemaGenerator().get_schema(public=True)


def everything(part, at=""):
    """Every object of the document with its place; examples are data, not schemas."""
    if isinstance(part, dict):
        yield at, part
        for name, inner in part.items():
            if name not in ("example", "examples"):
                yield from everything(inner, f"{at}/{name}")
    elif isinstance(part, list):
        for number, inner in enumerate(part):
            yield from everything(inner, f"{at}/{number}")


def calls(document):
    for path, by_method in document["paths"].items():
        for method in set(by_method) & set(METHODS):
            yield f"{method} {path}", by_method[method]


def resolved(document, part):
    while "$ref" in part:
        kind, name = part["$ref"].split("/")[-2:]
        part = document["components"][kind][name]
    return part


def test_no_schema_is_called_as_something_of_a_language(document):
    assert not TAKEN & set(document["components"]["schemas"])


def test_choices_have_names(document):
    """No blank entry, no null, no numbers, which become entries without a name."""
    for at, part in everything(document):
        for one in part.get("enum", ()) if isinstance(part.get("enum"), list) else ():
            assert isinstance(one, str), at
            assert one, at


def test_there_are_no_unions_of_objects(document):
    """But of something and nothing: a union needs a discriminator, which the contract has not."""
    for at, part in everything(document):
        for union in ("oneOf", "anyOf"):
            choices = part.get(union, ())
            assert [one for one in choices if one.get("type") == "null"] or not choices, at
            assert len(choices) in (0, 2), at
        assert len(part.get("allOf", ())) < 2, at


def test_integers_have_64_bits(document):
    for at, part in everything(document):
        if "integer" in (part.get("type"), *(part["type"] if isinstance(part.get("type"), list) else ())):
            assert part["format"] == "int64", at


def test_maps_are_no_objects_as_well(document):
    for at, part in everything(document):
        assert not ("additionalProperties" in part and part.get("properties")), at


def test_a_type_is_one_type_or_null(document):
    for at, part in everything(document):
        if isinstance(part.get("type"), list):
            assert len(set(part["type"]) - {"null"}) == 1, at


def test_objects_are_named(document):
    for at, part in everything(document):
        if isinstance(part.get("properties"), dict) and part.get("type") == "object":
            assert re.fullmatch(r"/components/schemas/\w+", at), at


def test_every_field_is_described(document):
    silent = []
    for name, schema in document["components"]["schemas"].items():
        assert schema.get("type") in ("object", "string", "array"), name
        for field, inner in schema.get("properties", {}).items():
            if not (inner.get("description") or resolved(document, inner).get("description")):
                silent.append(f"{name}.{field}")
    assert silent == []


def test_every_call_is_told_in_words(document):
    names = [call["operationId"] for _, call in calls(document)]
    assert len(set(names)) == len(names)
    for at, call in calls(document):
        assert re.fullmatch("[a-z][A-Za-z0-9]+", call["operationId"]), at
        assert call["summary"], at
        assert call["description"], at
        assert not call["summary"].endswith("."), at
        assert "security" in call, at
        for parameter in call.get("parameters", ()):
            assert resolved(document, parameter)["description"], at
        for status, answer in call["responses"].items():
            assert resolved(document, answer)["description"], (at, status)


def test_nothing_of_the_inside_leaks(document):
    for at, part in everything(document):
        for said in (part.get("description"), part.get("summary")):
            assert not (isinstance(said, str) and LEAKS.search(said)), (at, said)


def test_bodies_and_refusals_have_examples(document):
    for at, call in calls(document):
        body = resolved(document, call.get("requestBody", {}))
        content = body.get("content", {}).get("application/json")
        assert not (content and body.get("required")) or content.get("examples"), at
        for status, answer in call["responses"].items():
            if status >= "400":
                assert resolved(document, answer)["content"]["application/json"]["examples"], (at, status)


def test_examples_of_the_sign_in_fit_their_schemas(document):
    seen = 0
    for at, call in calls(document):
        bodies = [
            resolved(document, call.get("requestBody", {})),
            *(resolved(document, one) for one in call["responses"].values()),
        ]
        for content in (body["content"].get("application/json", {}) for body in bodies if "content" in body):
            for example in content.get("examples", {}).values() if "/_allauth/" in at else ():
                jsonschema.validate(example["value"], {**content["schema"], "components": document["components"]})
                seen += 1
    assert seen > 60


def test_groups_are_in_peoples_order(document):
    names = [group["name"] for group in GROUPS]
    met = list(dict.fromkeys(tag for _, call in calls(document) for tag in call["tags"]))
    [*groups, webhooks] = [group["name"] for group in document["tags"]]
    assert met == names == groups
    assert document["webhooks"]["event"]["post"]["tags"] == [webhooks]


def test_every_call_has_its_row():
    assert missing_calls() == set()


def test_calls_of_the_table_are_there(document):
    assert set(CALLS) <= set(document["paths"])


def test_sign_in_says_who_may_call(document):
    paths = document["paths"]
    assert paths["/_allauth/app/v1/auth/login"]["post"]["security"] == []
    assert {"bearer": []} in paths["/_allauth/app/v1/account/email"]["get"]["security"]


def test_a_sign_in_gives_a_refresh_token(document):
    meta = document["components"]["schemas"]["SignInMeta"]["properties"]
    assert {"access_token", "refresh_token", "session_token"} <= set(meta)


def test_rows_require_only_the_contracts_fields(document):
    schemas = document["components"]["schemas"]
    for noun in ("Network", "Page", "Wall", "Channel"):
        row = schemas[f"{noun}Row"]
        assert {"id", "network", "status", "connected_at"} <= set(row["required"])
        assert {"user_id", "extra_data", "health", "engagement_rate"} <= set(row["properties"]) - set(row["required"])
    assert set(schemas["NetworkRow"]["required"]) == set(SocialNetwork.shape.brief)
    assert schemas["NetworkRow"]["properties"]["engagement_rate"]["type"] == ["number", "null"]


def test_the_platforms_endpoint_is_described(document):
    body = document["webhooks"]["event"]["post"]["requestBody"]["content"]["application/json"]
    assert body["schema"] == {"$ref": "#/components/schemas/WebhookEvent"}


def test_a_key_is_nothing_that_runners_repeat(document):
    keys = [
        parameter
        for _, call in calls(document)
        for parameter in call.get("parameters", ())
        if parameter.get("name") == "Idempotency-Key"
    ]
    assert keys
    assert not [key for key in keys if {"example", "examples", "default"} & {*key, *key["schema"]}]


def test_nothing_is_left_that_no_call_uses(document):
    used = {part["$ref"] for _, part in everything(document) if "$ref" in part}
    for kind, named in document["components"].items():
        for name in named if kind != "securitySchemes" else ():
            assert f"#/components/{kind}/{name}" in used, name


def test_it_says_where_it_was_asked_for(client):
    answer = client.get("/api/schema/", query_params={"format": "json"}, headers={"Host": "localhost:9999"})
    assert answer.json()["servers"][0]["url"] == "http://localhost:9999"


@pytest.mark.django_db
class TestOurOwnAnswers:
    def fits(self, document, name, told):
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        jsonschema.validate(told, schema)

    def test_lists_fit_brief_and_full(self, document, alice, sandbox):
        alice.connected("youtube")
        alice.claim(followers=3_000_000_000)
        alice.ok("add/social-page/", PAGE)
        for view in ("brief", "full"):
            self.fits(document, "NetworkList", alice.ok("get/networks/", {"view": view}))
            self.fits(document, "PageList", alice.ok("get/social-pages/", {"view": view}))

    def test_the_tokens_of_a_sign_in_fit(self, document, alice):
        body = {"email": alice.email, "password": "correct-horse-battery"}
        told = alice.client.post("/_allauth/app/v1/auth/login", body, content_type="application/json").json()
        self.fits(document, "SignInAnswer", told)
        assert told["meta"]["refresh_token"]
        assert set(told["meta"]) <= set(document["components"]["schemas"]["SignInMeta"]["properties"])

    @pytest.mark.parametrize(
        ("method", "path", "body", "status"),
        [
            ("post", "auth/signup", {"email": "nobody"}, 400),
            ("post", "auth/login", {"email": "a@example.org", "password": "wrong-horse"}, 400),
            ("post", "auth/provider/token", {"provider": "google", "process": "connect", "token": {}}, 400),
            ("post", "auth/login", [], 400),
            ("post", "tokens/refresh", {"refresh_token": "dead"}, 400),
            ("get", "auth/session", None, 401),
            ("get", "account/email", None, 401),
            ("post", "auth/email/verify/resend", None, 409),
        ],
    )
    def test_refusals_of_the_sign_in_fit(self, document, client, method, path, body, status):
        answer = getattr(client, method)(f"/_allauth/app/v1/{path}", body, content_type="application/json")
        assert answer.status_code == status, answer.content
        self.fits(document, "SignInRefusal", answer.json())
        assert set(answer.json()) <= set(document["components"]["schemas"]["SignInRefusal"]["properties"])

    def test_what_an_authenticator_app_is_set_up_with_fits(self, document, alice):
        path, headers = "/_allauth/app/v1/account/authenticators/totp", {"Authorization": f"Bearer {alice.bearer}"}
        answer = alice.client.get(path, headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (404, "not_found")
        self.fits(document, "SignInRefusal", answer.json())
        known = document["components"]["schemas"]["SignInRefusalMeta"]["properties"]
        assert {"secret", "totp_url"} <= set(answer.json()["meta"]) <= set(known)

    def test_null_is_an_empty_body(self, alice):
        answer = alice.client.post(
            "/api/get/networks/",
            "null",
            content_type="application/json",
            headers={"Authorization": f"Bearer {alice.bearer}"},
        )
        assert (answer.status_code, answer.json()) == (200, {"networks": []})

    def test_extra_data_is_sent_as_a_map(self, document, alice):
        sent = {
            "network_id": alice.claim(),
            "extra_data": {"bio": "Hi", "engagement_rate": 3.5, "posts": 3, "old": None},
        }
        self.fits(document, "NetworkExtraInput", sent)
        alice.ok("action/network-extra/update/", sent)


PAGE = {
    "network": "facebook",
    "page_id": "page456",
    "page_name": "Beauty Blog",
    "page_url": "https://facebook.com/page456",
    "followers": 8000,
}
