"""The schema against the service: what it promises is what comes, whatever is sent. `make fuzz` sends much more.

One check is left out: that what fits the schema is accepted. Whose a URL is, what a signature covers is in no schema.
"""

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

pytestmark = pytest.mark.django_db(transaction=True)
CASES = int(os.environ.get("FUZZ_CASES", "0"))
"""For each call; without it a few, the same in every run."""
GROUPS = ("auth", "get", "action", "(add|disconnect|network|account)", "callbacks/(facebook|instagram|tiktok)")
refused = {"expected-statuses": ["400", "401", "403", "404", "405", "409", "413", "415", "422", "429", "503"]}
config = SchemathesisConfig.from_dict({"checks": {"negative_data_rejection": refused}})


@pytest.fixture(scope="module")
def schema():
    document = orjson.loads(OpenApiJsonRenderer().render(SchemaGenerator().get_schema(public=True)))
    return schemathesis.openapi.from_dict(document, config=config)


@pytest.mark.parametrize("group", GROUPS)
def test_what_comes_is_what_was_promised(schema, alice, sandbox, live_server, group):
    calls = [one.ok() for one in schema.include(path_regex=f"^/api/{group}/").get_all_operations()]
    assert calls
    for call in calls:
        fuzz(call, base_url=live_server.url, headers={"Authorization": f"Bearer {alice.bearer}"})


def fuzz(call, **sent):
    """Send what the schema allows, and what it does not, in every content type."""
    kinds = st.one_of(*(call.as_strategy(generation_mode=mode) for mode in GenerationMode))

    @settings(max_examples=CASES or 8, derandomize=not CASES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=kinds)
    def send(case):
        answer = case.call_and_validate(excluded_checks=[positive_data_acceptance], **sent)
        if answer.status_code >= 400:
            assert answer.json()["error"] in codes_of(case, answer.status_code)

    send()


def codes_of(case, status):
    """The codes that the document names for that status of the call."""
    content = case.operation.definition.raw["responses"][str(status)]["content"]
    return {one["value"]["error"] for one in content["application/json"]["examples"].values()}


def test_allauths_calls_answer_whatever_is_sent(schema, alice, live_server, mailoutbox):
    """Their document is allauth's; that none of them fails is ours to see to."""
    for call in (one.ok() for one in schema.include(path_regex="^/_allauth/").get_all_operations()):
        kinds = st.one_of(*(call.as_strategy(generation_mode=mode) for mode in GenerationMode))

        @settings(
            max_examples=CASES or 4, derandomize=not CASES, deadline=None, suppress_health_check=list(HealthCheck)
        )
        @given(case=kinds)
        def send(case):
            answer = case.call(base_url=live_server.url, headers={"X-Session-Token": alice.session_token})
            assert answer.status_code < 500

        send()
