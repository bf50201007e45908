"""The last hook on the OpenAPI document: adds servers, groups, webhooks and texts, and orders the calls."""

from typing import Any

from connect.api.document.calls import CALLS
from connect.api.document.fields import SCHEMAS, words_for
from connect.api.document.for_clients import fix_for_generators
from connect.api.document.groups import GROUPS, TO_THE_PLATFORM
from connect.api.document.webhooks import WEBHOOK_EVENT, WEBHOOKS

HERE = "http://127.0.0.1:8000"
SCHEMES = {
    "bearer": "The `access_token` of a sign-in. It lives for a quarter of an hour; `refresh_token` gets the next.",
    "sessionToken": "The `session_token` of a sign-in, for a session or a sign-in that is not finish_document yet.",
}


def finish_document(result: dict[str, Any], request: Any = None, **_: Any) -> dict[str, Any]:
    """Postprocessing hook of drf-spectacular; must run after every other."""
    result["servers"] = [{"url": request.build_absolute_uri("/")[:-1] if request else HERE, "description": "Here"}]
    result["tags"] = [*GROUPS, TO_THE_PLATFORM]
    result["webhooks"] = WEBHOOKS
    result["components"]["schemas"]["WebhookEvent"] = WEBHOOK_EVENT
    for name, about in SCHEMES.items():
        result["components"]["securitySchemes"][name]["description"] = about
    result["paths"] = _in_order(result["paths"])
    _let_optional_bodies_be_null(result["paths"])
    fix_for_generators(result)
    _describe(result)
    return result


def _in_order(paths: dict[str, Any]) -> dict[str, Any]:
    """allauth's calls, which sign people in, and then ours in the order of CALLS."""
    allauth_paths = {path: calls for path, calls in paths.items() if path not in CALLS}
    return allauth_paths | {path: paths[path] for path in CALLS if path in paths}


def _let_optional_bodies_be_null(paths: dict[str, Any]) -> None:
    """Allow null in place of an optional body: typed clients send it for a body that was left out."""
    for path in CALLS:
        body = paths.get(path, {}).get("post", {}).get("requestBody", {})
        content = body.get("content", {}).get("application/json")
        if content and not body.get("required"):
            content["schema"] = {"anyOf": [content["schema"], {"type": "null"}]}


def _describe(result: dict[str, Any]) -> None:
    for name, schema in result["components"]["schemas"].items():
        if name in SCHEMAS:
            schema["description"] = SCHEMAS[name]
        for field, inner in schema.get("properties", {}).items():
            if not inner.get("description") and (words := words_for(name, field)):
                schema["properties"][field] = _with_words(inner, words)
    for calls in result["paths"].values():
        for status, answer in (response for call in calls.values() for response in call.get("responses", {}).items()):
            if "$ref" not in answer and not answer.get("description"):
                answer["description"] = "Done" if status < "300" else "Refused"


def _with_words(schema: dict[str, Any], words: str) -> dict[str, Any]:
    """Add a description; to a reference in the one way that every generator reads."""
    return {"allOf": [schema], "description": words} if "$ref" in schema else schema | {"description": words}
