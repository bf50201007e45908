"""The schema against the service: what it promises is what comes, whatever is sent. `make fuzz` sends much more."""

import copy
import os

import orjson
import pytest
import schemathesis
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from social_auth.privacy.fresh_proof import NO_ADDRESS

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
CASES = int(os.environ.get("FUZZ_CASES", "0"))
"""For each call and test."""
GROUPS = ("auth", "get", "action", "(add|disconnect|network|account)", "callbacks/(facebook|instagram|tiktok)")
refused = {"expected-statuses": ["400", "401", "403", "404", "405", "409", "413", "415", "422", "429", "503"]}
accepted = {"expected-statuses": ["2xx", "401", "403", "404", "409", "422", "503"]}
"""409 and 422: an Idempotency-Key that is drawn twice; 503: the sandbox's own outages."""
CHECKS = {"negative_data_rejection": refused, "positive_data_acceptance": accepted}
config = SchemathesisConfig.from_dict({"checks": CHECKS})
FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}
IN_NO_SCHEMA = {
    "/api/account/erase/": (
        *("One proof is enough", "This field is required.", NO_ADDRESS),
        *(f"{name}: This field is required." for name in ("access_token", "redirect_uri", "code_verifier")),
    ),
    # a token, or a code and what it needs
    "/api/auth/": ("Invalid or expired access token", "This field is required."),
    "/api/account/sign-in/move/": ("Invalid or expired access token", "This field is required."),
    "/api/callbacks/": ("The signature does not fit",),
    "/api/add/": ("Invalid network URL format", "Invalid account id"),  # of the network that is named
    "/api/action/network/approval/": ("Invalid network URL format", "Invalid account id"),
    "/api/action/network-extra/": (  # free data
        "A key has 1 to 64 printable characters",
        "A value has at most 2000 characters",
        "A number has more than 20 digits",
        "A number has at most 64 bits",
        "A link begins with https:// or http://",
        "A number from 0 to 100 is needed",
        "Text of at most 64 characters",
        "NUL characters and lone surrogates are not allowed",
    ),
}
"""What is refused by its content, by the beginning of a call's path."""


@pytest.fixture(scope="module")
def document():
    return orjson.loads(OpenApiJsonRenderer().render(SchemaGenerator().get_schema(public=True)))


@pytest.fixture(scope="module")
def schema(document):
    return schemathesis.openapi.from_dict(document, config=config)


@pytest.fixture(scope="module")
def closed_schema(document):
    """JSON without unnamed fields: they are ignored, as long as they can be read. A form has no null."""
    closed = copy.deepcopy(document)
    for one in closed["components"]["schemas"].values():
        if one.get("type") == "object":
            one.setdefault("additionalProperties", False)
    for call in closed["paths"].values():
        content = call["post"].get("requestBody", {}).get("content", {}) if "post" in call else {}
        for form in FORMS & set(content):
            del content[form]
    return schemathesis.openapi.from_dict(closed, config=config)


@pytest.mark.parametrize("group", GROUPS)
def test_what_comes_is_what_was_promised(schema, alice, sandbox, live_server, group):
    for call in calls_of(schema, group):

        def send(case):
            answer = case.call_and_validate(excluded_checks=[positive_data_acceptance], **sender(live_server, alice))
            if answer.status_code >= 400:
                assert answer.json()["error"] in codes_of(case, answer.status_code)
            return answer.status_code

        assert each(anything(call), send) - {401}, "nothing came past the sign-in"


@pytest.mark.parametrize("group", GROUPS)
def test_what_fits_the_schema_is_accepted(closed_schema, alice, sandbox, live_server, group):
    for call in calls_of(closed_schema, group):

        def send(case):
            answer = case.call(**sender(live_server, alice))
            if answer.json().get("message") not in judged_by_content(case.path):
                case.validate_response(answer, checks=[positive_data_acceptance])

        each(call.as_strategy(generation_mode=GenerationMode.POSITIVE), send)


def test_allauths_calls_answer_whatever_is_sent(schema, alice, live_server, mailoutbox):
    """Their document is allauth's; that none of them fails is ours to see to."""
    for call in (one.ok() for one in schema.include(path_regex="^/_allauth/").get_all_operations()):

        def send(case):
            answer = case.call(base_url=live_server.url, headers={"X-Session-Token": alice.session_token})
            assert answer.status_code < 500

        each(anything(call), send, few=4)


def calls_of(schema, group):
    """The calls of that part of the API; the one after which there is no caller any more comes last."""
    calls = [one.ok() for one in schema.include(path_regex=f"^/api/{group}/").get_all_operations()]
    assert calls
    return sorted(calls, key=lambda call: call.path == "/api/account/erase/")


def judged_by_content(path):
    return next((messages for start, messages in IN_NO_SCHEMA.items() if path.startswith(start)), ())


def sender(server, creator):
    return {"base_url": server.url, "headers": {"Authorization": f"Bearer {creator.bearer}"}}


def anything(call):
    """What the schema allows, and what it does not, in every content type."""
    return st.one_of(*(call.as_strategy(generation_mode=mode) for mode in GenerationMode))


def each(cases, send, few=8):
    """Send so many that are drawn, and return what `send` did; without FUZZ_CASES `few`, the same in every run."""
    few_or_many = settings(
        max_examples=CASES or few, derandomize=not CASES, deadline=None, suppress_health_check=list(HealthCheck)
    )
    seen = set()
    few_or_many(given(cases)(lambda case: seen.add(send(case))))()
    return seen


def codes_of(case, status):
    """The codes that the document names for that status of the call."""
    content = case.operation.definition.raw["responses"][str(status)]["content"]
    return {one["value"]["error"] for one in content["application/json"]["examples"].values()}
