"""allauth's own calls in our OpenAPI document: how people sign up and in belongs to what an app developer looks for."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from allauth.headless import spec
from allauth.headless.spec.internal import schema as allauths
from django.urls import resolve

from connect.api.answers import no_such_call
from social_auth.sign_in.adapters import ONLY_WAY_IN
from social_auth.sign_in.fresh_sign_in import FreshSignInRequired

PREFIX = "Allauth"
METHODS = ("get", "post", "put", "patch", "delete")
NEED_A_FRESH_SIGN_IN = {
    "account/password/change": ["post"],
    "account/email": ["post", "patch", "delete"],
    "account/providers": ["delete"],
    "account/authenticators/totp": ["post", "delete"],
    "account/authenticators/recovery-codes": ["get", "post"],
}


def with_allauth(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Postprocessing hook of drf-spectacular: add the calls that are open here, and what they refer to."""
    theirs = _theirs()
    result["paths"] |= theirs["paths"]
    for kind, named in theirs["components"].items():
        result.setdefault("components", {}).setdefault(kind, {}).update(named)
    return result


@cache
def _theirs() -> dict[str, Any]:
    document = yaml.safe_load((Path(spec.__file__).parent / "doc" / "openapi.yaml").read_text())
    allauths.specify_user(document)
    allauths.pin_client(document)
    allauths.drop_unused_client_parameter(document)
    allauths.drop_unused_paths(document)
    allauths.specify_signup_fields(document)
    document["paths"] = {
        path: call for path, call in document["paths"].items() if resolve(path).func is not no_such_call
    }
    told = json.loads(_renamed(json.dumps({name: document[name] for name in ("paths", "components")})))
    told["components"] = {kind: {PREFIX + name: one for name, one in named.items()} for kind, named in _kinds(told)}
    _name_operations(told["paths"])
    _add_our_refusal(told["paths"])
    _add_only_way_in(told["paths"]["/_allauth/app/v1/account/providers"]["delete"])
    modern: dict[str, Any] = _modern(told)
    return modern


def _kinds(told: dict[str, Any]) -> Any:
    return told["components"].items()


def _renamed(text: str) -> str:
    """Their names with a prefix, so that they do not meet ours."""
    return re.sub(r'"#/components/(\w+)/(\w+)"', rf'"#/components/\1/{PREFIX}\2"', text)


def _name_operations(paths: dict[str, Any]) -> None:
    for path, calls in paths.items():
        for method in set(calls) & set(METHODS):
            words = [word.capitalize() for word in re.findall(r"\w+", path.removeprefix("/_allauth/app/v1/"))]
            calls[method]["operationId"] = f"{PREFIX}{method.capitalize()}{''.join(words)}"
            calls[method]["tags"] = ["sign-in"]
            calls[method].pop("security", None)


def _add_our_refusal(paths: dict[str, Any]) -> None:
    """What we answer where allauth asks for a sign-in of just now: no 401, which apps take for the end of a session."""
    example = {FreshSignInRequired.code: {"value": FreshSignInRequired().body}}
    told = {"schema": {"$ref": "#/components/schemas/Error"}, "examples": example}
    refusal = {"description": f"`{FreshSignInRequired.code}`", "content": {"application/json": told}}
    for path, methods in NEED_A_FRESH_SIGN_IN.items():
        for method in methods:
            paths[f"/_allauth/app/v1/{path}"][method]["responses"]["403"] = refusal


def _add_only_way_in(removal: dict[str, Any]) -> None:
    """What our rule refuses beside allauth's, in its words."""
    body = {"status": 400, "errors": [{"message": ONLY_WAY_IN, "code": "only_way_in"}]}
    removal["responses"]["400"]["content"]["application/json"]["examples"]["only_way_in"] = {"value": body}
    removal["summary"] = "Take away an account that signs the caller in"
    removal["description"] = "What is connected stays connected. Sessions that were begun by it end."


def _modern(part: Any) -> Any:
    """The words of OpenAPI 3.0 for null in those of 3.1."""
    if isinstance(part, list):
        return [_modern(one) for one in part]
    if not isinstance(part, dict):
        return part
    told = {name: _modern(one) for name, one in part.items()}
    if told.pop("nullable", None) is True and isinstance(told.get("type"), str):
        told["type"] = [told["type"], "null"]
    return told
