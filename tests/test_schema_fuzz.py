"""The schema against the service: what it promises is what comes, whatever is sent. `make fuzz` sends much more.

One check is left out: that what fits the schema is accepted. Whose a URL is, what a signature covers is in no schema.
"""

import os

import orjson
import pytest
import schemathesis
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import positive_data_acceptance

pytestmark = pytest.mark.django_db(transaction=True)
CASES = int(os.environ.get("FUZZ_CASES", "6"))
document = orjson.loads(OpenApiJsonRenderer().render(SchemaGenerator().get_schema(public=True)))
refused = {"expected-statuses": ["400", "401", "403", "404", "405", "409", "413", "415", "422", "429", "503"]}
config = SchemathesisConfig.from_dict({"checks": {"negative_data_rejection": refused}})
schema = schemathesis.openapi.from_dict(document, config=config)


@schema.include(path_regex="^/api/").exclude(path="/api/callbacks/google/").parametrize()  # that is no JSON
@settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_comes_is_what_was_promised(case, alice, sandbox, live_server):
    signed_in = {"Authorization": f"Bearer {alice.bearer}"}
    left_out = [positive_data_acceptance]
    case.call_and_validate(base_url=live_server.url, headers=signed_in, excluded_checks=left_out)
