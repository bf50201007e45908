"""Holds bodies of the sandbox against what the providers publish of their shapes, as packages ship it.

Google: the discovery documents in google-api-python-client. Pinterest: the models that pinterest-generated-client was
given by Pinterest's OpenAPI. X: the models that xdk was given by X's OpenAPI. Meta: the fields in facebook-business.
"""

import json
import re
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import googleapiclient
import jsonschema
from openapi_generated.pinterest_client.configuration import Configuration
from openapi_generated.pinterest_client.exceptions import OpenApiException
from openapi_generated.pinterest_client.model.account import Account
from openapi_generated.pinterest_client.model.board import Board
from openapi_generated.pinterest_client.model.error import Error
from openapi_generated.pinterest_client.model_utils import validate_and_convert_types
from pydantic import BaseModel, ValidationError
from xdk import schemas

from judges.sdks.bench import Given, Values, serve
from judges.sdks.meta_shapes import meta

DOCUMENTS = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents"
GOOGLE = {
    r"/youtube/v3/channels": ("youtube.v3", "ChannelListResponse", "channels.list"),
    r"/youtube/v3/playlistItems": ("youtube.v3", "PlaylistItemListResponse", "playlistItems.list"),
    r"/youtube/v3/videos:batchGetStats": ("youtube.v3", "BatchGetStatsResponse", "videos.batchGetStats"),
    r"/oauth2/v2/tokeninfo": ("oauth2.v2", "Tokeninfo", ""),
}
X = {
    r"/2/users/me": schemas.GetUsersMeResponse,
    r"/2/users": schemas.GetUsersByIdsResponse,
}
OLD_PROBLEMS, PROBLEMS = "https://api.twitter.com/2/problems/", "https://api.x.com/2/problems/"
EXACT = {"uint64": r"^\d{1,20}$", "int64": r"^-?\d{1,19}$"}
"""How Google writes numbers that JavaScript cannot hold: as text."""


def google(given: Given) -> Values:
    found = GOOGLE.get(given["path"])
    if found is None or given["status"] != 200:
        return {}
    document, name, method = found
    validator = jsonschema.Draft7Validator({"$ref": f"#/definitions/{name}", "definitions": definitions(document)})
    wrong = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(given["body"])]
    return {"shape": f"{document} {name}", "wrong": wrong + unknown_parameters(document, method, given["query"])}


@cache
def discovery(document: str) -> dict[str, Any]:
    return json.loads((DOCUMENTS / f"{document}.json").read_text())


@cache
def definitions(document: str) -> dict[str, Any]:
    return {name: as_json_schema(schema) for name, schema in discovery(document)["schemas"].items()}


def as_json_schema(schema: Any) -> Any:
    """Google's own dialect as JSON Schema; nothing but what it names may be in an object."""
    if isinstance(schema, list):
        return [as_json_schema(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": f"#/definitions/{schema['$ref']}"}
    made = {name: as_json_schema(value) for name, value in schema.items() if name != "required"}
    if schema.get("type") == "string" and schema.get("format") in EXACT:
        made["pattern"] = EXACT[schema["format"]]
    if schema.get("type") == "any":
        del made["type"]
    if "properties" in schema and isinstance(schema.get("type"), str):
        made.setdefault("additionalProperties", False)
    return made


def unknown_parameters(document: str, method: str, query: list[str]) -> list[str]:
    """What was asked for by a name that the method does not have, and what it needs and was not given."""
    if not method:
        return []
    resource, _, verb = method.partition(".")
    whole = discovery(document)
    known = whole["resources"][resource]["methods"][verb]["parameters"]
    unknown = [f"unknown parameter {name}" for name in query if name not in known and name not in whole["parameters"]]
    missing = [name for name, about in known.items() if about.get("required") and name not in query]
    return unknown + [f"parameter {name} is missing" for name in missing]


def x(given: Given) -> Values:
    model = X.get(given["path"])
    if model is None or given["status"] != 200:
        return {}
    text = json.dumps(given["body"])
    wrong = {"a problem's type is at api.twitter.com"} if OLD_PROBLEMS in text else set()
    try:
        wrong |= set(unknown_fields(model.model_validate_json(text.replace(OLD_PROBLEMS, PROBLEMS))))
    except ValidationError as error:
        wrong |= {f"{'.'.join(map(str, entry['loc']))}: {entry['msg']}" for entry in error.errors()}
    return {"shape": model.__name__, "wrong": sorted(wrong)}


def unknown_fields(model: BaseModel, where: str = "") -> list[str]:
    found = [f"{where}{name}: no such field" for name in model.model_extra or {}]
    for name in type(model).model_fields:
        value = getattr(model, name)
        for one in value if isinstance(value, list) else [value]:
            found += unknown_fields(one, f"{where}{name}.") if isinstance(one, BaseModel) else []
    return found


def pinterest(given: Given) -> Values:
    body = given["body"]
    if given["status"] >= 400:
        return {"shape": "Error", "wrong": wrong_of(Error, body)}
    match given["path"]:
        case "/v5/user_account":
            return {"shape": "Account", "wrong": wrong_of(Account, body)}
        case "/v5/boards":
            return {
                "shape": "Board",
                "wrong": sorted({one for board in body["items"] for one in wrong_of(Board, board)}),
            }
    return {}


def wrong_of(model: Any, body: dict[str, Any]) -> list[str]:
    known = {model.attribute_map[name]: (name, kinds) for name, kinds in model.openapi_types.items()}
    found = [f"{name}: no such field" for name in body if name not in known]
    for name, (attribute, kinds) in known.items():
        if name in body:
            found += wrong_type(body[name], kinds, name, attribute)
    return found


def wrong_type(value: Any, kinds: tuple[Any, ...], name: str, attribute: str) -> list[str]:
    as_date = isinstance(value, str) and {date, datetime} & set(kinds)
    try:
        validate_and_convert_types(
            value, kinds, [attribute], spec_property_naming=True, _check_type=not as_date, configuration=Configuration()
        )
    except OpenApiException as error:
        return [f"{name}: {re.sub(r' at .*', '', str(error))}"]
    return []


serve(
    ["facebook-business", "google-api-python-client", "pinterest-generated-client", "xdk"],
    {"youtube": google, "pinterest": pinterest, "twitter": x, "facebook": meta, "instagram": meta},
)
