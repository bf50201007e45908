"""The part of a resource that was asked for: what nobody asked for is not in the answer, as with the providers."""

import re
from collections.abc import Collection, Iterable
from typing import Any


def top_level(text: str) -> list[str]:
    """Split at the commas that are in no braces: `id,picture.type(large),page{id,name}` names three fields."""
    names, depth, start = [], 0, 0
    for place, letter in enumerate(f"{text},"):
        depth += (letter in "{(") - (letter in "})")
        if letter == "," and not depth:
            names.append(text[start:place])
            start = place + 1
    return [name for name in names if name]


def name_of(field: str) -> str:
    """The name without what follows it: modifiers, and the fields of what it leads to."""
    return re.split(r"[.({]", field, maxsplit=1)[0]


def only(resource: dict[str, Any], names: Iterable[str], always: Collection[str] = ()) -> dict[str, Any]:
    wanted = {*names, *always}
    return {name: value for name, value in resource.items() if name in wanted}
