"""Adds allauth's own calls to our OpenAPI document, as an app's developer needs sign-up and sign-in, too."""

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from allauth.headless import spec
from allauth.headless.spec.internal import schema as allauths
from django.urls import resolve

from connect.api.answers import no_such_call
from connect.api.document.groups import SIGN_IN
from connect.errors import RateLimited
from social_auth.sign_in.adapters import ONLY_WAY_IN
from social_auth.sign_in.allauth_calls import CALLS, SIGNED_IN
from social_auth.sign_in.allauth_shapes import FLAT, REF, WORDS, our_name
from social_auth.sign_in.fresh_sign_in import FreshSignInRequired
from social_auth.sign_in.refusals import InvalidRefreshToken, with_contract_fields

ROOT = "/_allauth/app/v1/"
METHODS = ("get", "post", "put", "patch", "delete")
NEED_A_FRESH_SIGN_IN = {
    "account/password/change": ["post"],
    "account/email": ["post", "patch", "delete"],
    "account/providers": ["delete"],
    "account/authenticators/totp": ["post", "delete"],
    "account/authenticators/recovery-codes": ["get", "post"],
}
OVERRIDDEN = ("supported_types", "track_activity")
"""Fields whose description by allauth is about its settings; ours replaces it."""
ANSWERED_WITH = {
    ("post", "account/password/change"): "Authenticated",
    ("post", "account/authenticators/recovery-codes"): "RecoveryCodes",
}
"""Answers that allauth's own document leaves out."""
SPENT = InvalidRefreshToken().body | {"status": 400}


def with_allauth(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Postprocessing hook of drf-spectacular: add the calls that we offer, and the components that they refer to."""
    document = json.loads(_allauth_document())
    result["paths"] |= document["paths"]
    for kind, named in document["components"].items():
        result.setdefault("components", {}).setdefault(kind, {}).update(named)
    return result


@cache
def _allauth_document() -> str:
    document = yaml.safe_load((Path(spec.__file__).parent / "doc" / "openapi.yaml").read_text())
    for adapt in (
        allauths.specify_user,
        allauths.pin_client,
        allauths.drop_unused_client_parameter,
        allauths.drop_unused_paths,
        allauths.specify_signup_fields,
    ):
        adapt(document)
    examples = document["components"].pop("examples")
    adapted = _everywhere(
        {name: document[name] for name in ("paths", "components")}, lambda part: _plain(part, examples)
    )
    adapted["components"]["schemas"] |= FLAT
    adapted["components"]["schemas"]["ConfigurationResponse"].pop("example")  # shows another configuration
    adapted = _everywhere(adapted, lambda part: _without_aliases(part, document["components"]["schemas"]))
    adapted["components"] = {
        kind: {our_name(name): part for name, part in named.items()} for kind, named in adapted["components"].items()
    }
    adapted["components"]["schemas"] |= {our_name(name): schema for name, schema in FLAT.items()}
    adapted["paths"] = _calls(adapted["paths"], adapted["components"]["responses"])
    _use_words(adapted["components"])
    return json.dumps(adapted)


def _everywhere(part: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    if isinstance(part, list):
        return [_everywhere(inner, change) for inner in part]
    if not isinstance(part, dict):
        return part
    return change({name: _everywhere(inner, change) for name, inner in part.items()})


def _plain(part: dict[str, Any], examples: dict[str, Any]) -> dict[str, Any]:
    """Turn OpenAPI 3.0 into 3.1, put examples where they are used, and add the refresh token that they lack."""
    reference = part.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/components/examples/"):
        return _plain(dict(examples[reference.rpartition("/")[2]]), {})
    if part.pop("nullable", None) is True and isinstance(part.get("type"), str):
        part["type"] = [part["type"], "null"]
    meta = part.get("value", {}).get("meta", {}) if isinstance(part.get("value"), dict) else {}
    if "access_token" in meta:
        part["value"] = part["value"] | {"meta": meta | {"refresh_token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.QV30"}}
    return {
        name: value.strip() if name in ("description", "summary") else value
        for name, value in part.items()
        if value != ""
    }


def _without_aliases(part: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """Replace a reference to a plain text or number by its schema, and rename other references to our names."""
    kind, name = re.findall(r"^#/components/(\w+)/(\w+)$", str(part.get("$ref")))[0] if "$ref" in part else ("", "")
    if kind != "schemas":
        return {"$ref": f"#/components/{kind}/{our_name(name)}"} if kind else part
    target = schemas.get(name, {})
    if "$ref" in target:
        return _without_aliases(target, schemas)
    if name not in FLAT and target.get("type") in ("string", "number", "integer"):
        return {key: value.strip() if key == "description" else value for key, value in target.items() if key != "enum"}
    return {"$ref": REF + our_name(name)}


def _calls(paths: dict[str, Any], responses: dict[str, Any]) -> dict[str, Any]:
    """The calls that we offer, with our texts and in our order."""
    ordered: dict[str, Any] = {}
    for (method, place), text in CALLS.items():
        path, call = ROOT + place, paths[ROOT + place][method]
        call |= {"operationId": text.name, "summary": text.summary, "description": text.about, "tags": [SIGN_IN]}
        call["security"] = text.security
        call["parameters"] = [
            parameter
            for parameter in call.get("parameters", ())
            if not parameter.get("$ref", "").endswith("SessionToken")
        ]
        if also := ANSWERED_WITH.get((method, place)):
            call["responses"].setdefault("200", {"$ref": f"#/components/responses/{our_name(also)}"})
        call["responses"].setdefault("401" if text.security == SIGNED_IN else "400", {"description": "Refused"})
        call["responses"] = {
            status: _refusal(status, answer, responses) if status >= "400" else answer
            for status, answer in sorted(call["responses"].items())
        }
        ordered.setdefault(path, {})[method] = call
    _add_ours(ordered)
    return ordered


def missing_calls() -> set[tuple[str, str]]:
    """allauth's calls that we offer and that have no row in CALLS; for a test."""
    paths = yaml.safe_load((Path(spec.__file__).parent / "doc" / "openapi.yaml").read_text())
    allauths.pin_client(paths)
    allauths.drop_unused_paths(paths)
    open_calls = {
        (method, path.removeprefix(ROOT))
        for path, calls in paths["paths"].items()
        for method in set(calls) & set(METHODS)
        if resolve(path).func is not no_such_call
    }
    return open_calls - set(CALLS)


def _refusal(status: str, answer: dict[str, Any], responses: dict[str, Any]) -> dict[str, Any]:
    """A refusal as we answer it: with the contract's fields added; a 429 in the contract's shape alone."""
    if status == "429":
        return _answer("ErrorAnswer", "Too many requests", {RateLimited.code: RateLimited(retry_after=60).body})
    answer = responses[answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer
    examples = answer.get("content", {}).get("application/json", {}).get("examples", {})
    values = {name: example["value"] for name, example in examples.items() if "value" in example} or {
        "refused": {"status": int(status)}
    }
    refusals = {name: with_contract_fields(value | {"status": int(status)}) for name, value in values.items()}
    return _answer(our_name("Refusal"), answer.get("description") or "Refused", refusals)


def _answer(schema: str, description: str, examples: dict[str, Any]) -> dict[str, Any]:
    named_examples = {name: {"value": value} for name, value in examples.items()}
    return {
        "description": description,
        "content": {"application/json": {"schema": {"$ref": REF + schema}, "examples": named_examples}},
    }


def _add_ours(paths: dict[str, Any]) -> None:
    """Add our own refusals: of a stale sign-in, of removing the only way in, and of a used refresh token."""
    refusal = _answer(
        "ErrorAnswer", f"`{FreshSignInRequired.code}`", {FreshSignInRequired.code: FreshSignInRequired().body}
    )
    for place, methods in NEED_A_FRESH_SIGN_IN.items():
        for method in methods:
            paths[ROOT + place][method]["responses"]["403"] = refusal
    removal = paths[f"{ROOT}account/providers"]["delete"]["responses"]["400"]["content"]["application/json"]
    body = {"status": 400, "errors": [{"message": ONLY_WAY_IN, "code": "only_way_in"}]}
    removal["examples"]["only_way_in"] = {"value": with_contract_fields(body)}
    spent = paths[f"{ROOT}tokens/refresh"]["post"]["responses"]["400"]["content"]["application/json"]
    spent["examples"] = {InvalidRefreshToken.code: {"value": SPENT}}


def _use_words(components: dict[str, Any]) -> None:
    """Describe the fields that allauth does not, and make an example of each request from those of its fields."""

    def words(part: dict[str, Any]) -> dict[str, Any]:
        for field, schema in part["properties"].items() if isinstance(part.get("properties"), dict) else ():
            if field in WORDS and (field in OVERRIDDEN or "description" not in schema):
                part["properties"][field] = (
                    {"allOf": [schema], "description": WORDS[field]}
                    if "$ref" in schema
                    else schema | {"description": WORDS[field]}
                )
        return part

    for kind, named in components.items():
        components[kind] = _everywhere(named, words)
    for body in components["requestBodies"].values():
        content = body["content"].get("application/json")
        if content:
            body["required"] = True
            content["examples"] = {"Request": {"value": _example(content["schema"], components["schemas"])}}


def _example(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    if "allOf" in schema and len(schema["allOf"]) == 1:
        schema = schema["allOf"][0]
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    if "properties" not in schema:
        return schema.get("example", (schema.get("enum") or [None])[0])
    values = {name: _example(inner, schemas) for name, inner in schema["properties"].items()}
    return {name: value for name, value in values.items() if value is not None}
