"""Changes to the OpenAPI document without which some generator of typed clients fails; each of them broke one."""

import re
from collections.abc import Iterator
from typing import Any

NOTHING = ("BlankEnum", "NullEnum")
KINDS = ("schemas", "requestBodies", "responses", "parameters", "examples")
PREFIX = "#/components/"


def fix_for_generators(document: dict[str, Any]) -> None:
    """Change the document in place."""
    _open_enums(document)
    _write_integers(document)
    _name_objects(document)
    _drop_unused(document)


def parts(part: Any) -> Iterator[dict[str, Any]]:
    """Yield every object in this part, itself included, except those in examples."""
    if isinstance(part, dict):
        yield part
        for name, inner in part.items():
            if name not in ("example", "examples"):
                yield from parts(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from parts(inner)


def _open_enums(document: dict[str, Any]) -> None:
    """Write an enum that may be empty or null as text with the choices in its description.

    Generators make an enum member without a name of the empty choice, which does not compile.
    """
    schemas = document["components"]["schemas"]
    for part in parts(document):
        names = [choice["$ref"].rpartition("/")[2] for choice in part.get("oneOf", ()) if "$ref" in choice]
        if len(names) == 2 and names[1] in NOTHING:
            del part["oneOf"]
            null, choices = names[1] == "NullEnum", schemas[names[0]]
            part["type"] = ["string", "null"] if null else "string"
            listed = choices.get("description") or "\n".join(f"* `{choice}`" for choice in choices["enum"])
            about = f"{part.get('description', '')} {'Null' if null else 'Empty'} if there is none.".strip()
            part["description"] = f"{about}\n\n{listed}"
    for name in NOTHING:
        schemas.pop(name, None)


def _write_integers(document: dict[str, Any]) -> None:
    """Give integers 64 bits: with 32, one creator with 3,000,000,000 followers broke every list of a client."""
    for part in parts(document):
        kind = part.get("type")
        if kind == "integer" or (isinstance(kind, list) and "integer" in kind):
            part["format"] = "int64"
        if part.get("enum") and not all(isinstance(value, str) for value in part["enum"]):
            del part["enum"]  # a class for the number 200 helps nobody
        part.pop("readOnly", None) if "type" in part else None


def _name_objects(document: dict[str, Any]) -> None:
    """Make every object a named component, as generators make up bad names."""
    components = document["components"]
    schemas = components["schemas"]
    for name in list(schemas):
        _name_within(schemas, name, schemas[name])
    for kind, suffix in (("requestBodies", "Input"), ("responses", "Answer")):
        for name, component in components.get(kind, {}).items():
            for content in component.get("content", {}).values():
                content["schema"] = _named(schemas, f"{name}{suffix}", content["schema"])


def _name_within(schemas: dict[str, Any], owner: str, schema: dict[str, Any]) -> None:
    for field, inner in schema.get("properties", {}).items():
        name = owner + "".join(word.capitalize() for word in re.findall("[a-z0-9]+", field))
        schema["properties"][field] = _named(schemas, name, inner)
    if "items" in schema:
        schema["items"] = _named(schemas, f"{owner}Item", schema["items"])


def _named(schemas: dict[str, Any], name: str, schema: dict[str, Any]) -> dict[str, Any]:
    if "items" in schema:
        return schema | {"items": _named(schemas, f"{name}Item", schema["items"])}
    if not schema.get("properties"):
        return schema
    _name_within(schemas, name, schema)
    if schemas.setdefault(name, schema) != schema:
        raise ValueError(f"Two objects would be called {name}")
    return {"$ref": f"{PREFIX}schemas/{name}"}


def _drop_unused(document: dict[str, Any]) -> None:
    components, used, references = document["components"], set(), set(_references(_callable(document)))
    while references:
        used |= references
        referred_to = [components[kind][name] for kind, name in (ref.split("/")[-2:] for ref in references)]
        references = {reference for part in referred_to for reference in _references(part)} - used
    for kind in KINDS:
        used_here = {name: part for name, part in components.get(kind, {}).items() if f"{PREFIX}{kind}/{name}" in used}
        components.pop(kind, None)
        if used_here:
            components[kind] = used_here


def _callable(document: dict[str, Any]) -> list[Any]:
    return [document["paths"], document.get("webhooks", {})]


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for inner in part.values():
            yield from _references(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _references(inner)
