"""The requested fields of a resource: like the real providers, the sandbox returns no others."""

import re
from collections.abc import Collection, Iterable
from typing import Any


def top_level(text: str) -> list[str]:
    """Split at commas outside of braces: `id,picture.type(large),page{id,name}` names three fields."""
    names, depth, start = [], 0, 0
    for place, letter in enumerate(f"{text},"):
        depth += (letter in "{(") - (letter in "})")
        if letter == "," and not depth:
            names.append(text[start:place])
            start = place + 1
    return [name for name in names if name]


def name_of(field: str) -> str:
    """The field's name without modifiers and nested fields."""
    return re.split(r"[.({]", field, maxsplit=1)[0]


def select(resource: dict[str, Any], names: Iterable[str], always: Collection[str] = ()) -> dict[str, Any]:
    chosen = {*names, *always}
    return {name: value for name, value in resource.items() if name in chosen}
