"""In what two sides differ that did the same job: in what they read, and in what they sent."""

import re
from dataclasses import dataclass, field
from typing import Any

from social_auth.sandbox.wire import Call

VERSION = re.compile(r"/(v\d+\.\d+)(?=/|$)")
TOLD_HEADERS = ("linkedin-version", "x-restli-protocol-version")
OF_VALUES = ("value ", "we failed: ", "the SDK failed: ")
"""How the differences begin that are in what was read."""


def value_differences(ours: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    """What the SDK read and we read otherwise, or not at all. `raised` and `answer` are for people."""
    for side, values in (("we", ours), ("the SDK", theirs)):
        if failed := values.get("failed"):
            return [f"{side} failed: {failed}"]
    compared = {name: value for name, value in theirs.items() if name not in ("raised", "answer")}
    return [
        f"value {name}: we {shown(ours.get(name))}, the SDK {shown(value)}"
        for name, value in compared.items()
        if ours.get(name) != value
    ]


def shown(value: Any) -> str:
    return "nothing" if value is None else str(value)[:80]


@dataclass
class Sent:
    """What was sent to one address, be it once or page by page."""

    hosts: set[str] = field(default_factory=set)
    versions: set[str] = field(default_factory=set)
    auth: set[str] = field(default_factory=set)
    body: set[str] = field(default_factory=set)
    query: set[str] = field(default_factory=set)
    form: set[str] = field(default_factory=set)
    headers: set[str] = field(default_factory=set)

    def add(self, call: Call) -> None:
        self.hosts.add(call.host)
        self.versions.add(version_of(call))
        self.auth.add(auth_of(call))
        self.body.add(body_of(call))
        self.query |= call.in_query
        self.form |= set(call.params) - call.in_query
        self.headers |= {f"{name}: {call.headers[name]}" for name in TOLD_HEADERS if name in call.headers}


def version_of(call: Call) -> str:
    found = VERSION.match(call.path)
    return found[1] if found else "none"


def auth_of(call: Call) -> str:
    return call.headers.get("authorization", "none").split(" ")[0]


def body_of(call: Call) -> str:
    """What kind of body it has; a kind that is announced for nothing is none."""
    empty = call.headers.get("content-length", "0") == "0"
    return "none" if empty else call.headers.get("content-type", "none").partition(";")[0].strip().lower()


def gathered(calls: list[Call]) -> dict[str, Sent]:
    found: dict[str, Sent] = {}
    for call in calls:
        path = VERSION.sub("", call.path, count=1) or "/"
        found.setdefault(f"{call.method} {path}", Sent()).add(call)
    return found


def request_differences(ours: list[Call], theirs: list[Call]) -> list[str]:
    """Address by address, and field by field; what only one side calls is a difference, too."""
    we, they = gathered(ours), gathered(theirs)
    ours_only, theirs_only = sorted(set(we) - set(they)), sorted(set(they) - set(we))
    found = [f"we call {address}, the SDK does not" for address in ours_only]
    found += [f"the SDK calls {address}, we do not" for address in theirs_only]
    pairs = [(we[address], they[address]) for address in sorted(set(we) & set(they))]
    if len(ours_only) == len(theirs_only) == 1:
        pairs.append((we[ours_only[0]], they[theirs_only[0]]))
    for mine, other in pairs:
        found += field_differences(mine, other)
    return list(dict.fromkeys(found))


def field_differences(mine: Sent, other: Sent) -> list[str]:
    found = []
    for name in ("hosts", "versions", "auth", "body"):
        here, there = getattr(mine, name), getattr(other, name)
        if here != there:
            found.append(f"{name}: we {' '.join(sorted(here))}, the SDK {' '.join(sorted(there))}")
    for name in ("query", "form", "headers"):
        here, there = getattr(mine, name), getattr(other, name)
        found += [f"{name}: we alone {one}" for one in sorted(here - there)]
        found += [f"{name}: the SDK alone {one}" for one in sorted(there - here)]
    return found
