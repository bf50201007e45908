"""The document's examples: they fit its schemas, every code is among them, and the calls take and say the like."""

import json

import jsonschema
import pytest
from drf_spectacular.generators import SchemaGenerator

from connect.api.error_catalogue import catalogue
from connect.api.examples import EXAMPLES

ELSEWHERE = {"method_not_allowed", "internal_error", "https_required"}
"""Of no call in particular: a wrong method, what must not happen, a wrong address."""
SUBMITTED = [path for path in EXAMPLES if "/add/" in path or "/approval/" in path]


@pytest.fixture(scope="module")
def document():
    return SchemaGenerator().get_schema(public=True)


def contents(document):
    """Every media type of our calls, with its path and where it stands."""
    for path, call in document["paths"].items():
        if path.startswith("/api/"):
            for status, answer in call["post"]["responses"].items():
                yield path, status, answer["content"]["application/json"] if "content" in answer else {}


def test_each_fits_its_schema(document):
    seen = 0
    for path, status, content in contents(document):
        for example in content.get("examples", {}).values():
            jsonschema.validate(example["value"], {**content["schema"], "components": document["components"]})
            seen += 1
        assert content.get("examples") or int(status) < 400, (path, status)
    assert seen > 300


def test_every_error_is_some_calls(document):
    told = {
        example["value"]["error"]
        for call in (call for by_method in document["paths"].values() for call in by_method.values())
        for status, answer in call["responses"].items()
        if int(status) >= 400
        for example in answer["content"]["application/json"]["examples"].values()
    }
    assert told == set(catalogue()) - ELSEWHERE


def test_every_call_of_the_contract_has_one(document):
    assert set(EXAMPLES) <= set(document["paths"])
    for path, (asked, told) in EXAMPLES.items():
        call = document["paths"][path]["post"]
        answers = call["responses"]["200"]["content"]["application/json"]["examples"]
        assert [one["value"] for one in answers.values()] == [told]
        asked_for = call["requestBody"]["content"]["application/json"].get("examples", {})
        assert [one["value"] for one in asked_for.values()] == [asked]


@pytest.mark.django_db
@pytest.mark.parametrize("path", SUBMITTED)
def test_what_is_submitted_there_is_taken_and_answered_so(alice, path):
    asked, told = EXAMPLES[path]
    answer = alice.ok(path.removeprefix("/api/"), asked)
    assert {**answer, list(told)[-1]: 0} == {**told, list(told)[-1]: 0}


@pytest.mark.parametrize(
    "asked",
    [
        {"query_params": {"format": "json"}},
        {"query_params": {"format": "json"}, "headers": {"Accept": "text/html"}},
        {"headers": {"Accept": "application/json"}},
    ],
)
def test_the_document_comes_as_json_to_who_asks_for_it(client, asked):
    answer = client.get("/api/schema/", **asked)
    assert json.loads(answer.content)["openapi"] == "3.1.0"


@pytest.mark.parametrize("accepted", ["text/html", "application/xml", "nonsense"])
def test_who_accepts_neither_gets_it_as_yaml(client, accepted):
    answer = client.get("/api/schema/", headers={"Accept": accepted})
    assert answer.content.startswith(b"openapi: 3.1.0")
