"""One sitting: each judge, each of its networks, each of its jobs, both sides with credentials of their own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from judges import ours
from judges.comparison import OF_VALUES, request_differences, value_differences
from judges.decisions import DECISIONS, Decision
from judges.panel import PANEL, SHAPES, Judge, seated
from judges.questions import question, set_up_accounts
from judges.stage import Heard, ListeningSandbox, stage
from social_auth.sandbox.authorization_request import AuthorizationRequest
from social_auth.sandbox.server import DIALOGS, PROVIDERS
from social_auth.sandbox.tokens import read_token
from social_auth.sandbox.wire import Call


@dataclass
class Verdict:
    """What a judge thinks of a job: in what both sides differ, and what was decided about each of that."""

    judge: str
    versions: str
    network: str
    job: str
    differences: list[tuple[str, Decision | None]]
    raised: str = ""
    """What the SDK makes of a refusal."""
    heard: Heard = field(repr=False, default_factory=list)

    @property
    def reads_the_same(self) -> bool:
        return not any(one.startswith(OF_VALUES) for one, _ in self.differences)

    @property
    def sends_the_same(self) -> bool:
        return all(one.startswith(OF_VALUES) for one, _ in self.differences)

    @property
    def decisions(self) -> list[Decision]:
        return [decision for _, decision in self.differences if decision]


Side = Callable[[dict[str, Any]], dict[str, Any]]
"""Who does a job: our adapter, or an SDK."""
Sandboxes = tuple[ListeningSandbox, ListeningSandbox]
"""Ours, and that of the SDKs."""


def verdicts() -> Iterator[Verdict]:
    heard: Heard = []
    with stage() as (mine, others, environment):
        for seat in PANEL:
            with seated(seat, environment) as judge:
                for network, job in product(seat.networks, judge.jobs):
                    if seat.can_be_asked(network, job):
                        done = verdict(judge, seat.name, network, job, (mine, others))
                        heard += done.heard
                        yield done
        with seated(SHAPES, environment) as shapes:
            yield from of_shapes(shapes, heard)


def of_shapes(judge: Judge, heard: Heard) -> Iterator[Verdict]:
    """What the providers' own documents say of the bodies that the sandbox answered with, a verdict a shape."""
    found: dict[tuple[str, str], set[str]] = {}
    for call, reply in heard:
        network = PROVIDERS[call.host][0]
        if network in judge.jobs and isinstance(reply.body, dict):
            told = {"host": call.host, "path": call.path, "query": sorted(call.in_query)}
            said = judge.do(network, told | {"status": reply.status, "body": reply.body})
            if "shape" in said:
                found.setdefault((network, said["shape"]), set()).update(said["wrong"])
    for (network, shape), wrong in sorted(found.items()):
        decided = [(one, decision_of(SHAPES.name, network, shape, one)) for one in sorted(wrong)]
        yield Verdict(SHAPES.name, ", ".join(judge.versions), network, shape, decided)


def verdict(judge: Judge, name: str, network: str, job: str, sandboxes: Sandboxes) -> Verdict:
    """Let our adapter and the SDK do the job, and compare."""
    mine, here = asked(lambda given: ours.do(job, given), sandboxes[0], network, job)
    read, there = asked(lambda given: judge.do(job, given), sandboxes[1], network, job)
    found = value_differences(mine, read)
    found += request_differences([call for call, _ in here], [call for call, _ in there])
    decided = [(one, decision_of(name, network, job, one)) for one in found]
    return Verdict(name, ", ".join(judge.versions), network, job, decided, read.get("raised", ""), here + there)


def asked(do: Side, sandbox: ListeningSandbox, network: str, job: str) -> tuple[dict[str, Any], Heard]:
    """What a side read, and what it said to its sandbox meanwhile."""
    set_up_accounts(network)
    given = question(network, job)
    values = do(given)
    if job == "authorize" and "url" in values:
        values = opened(sandbox, values.pop("url"))
    if job == "revoke":
        token = read_token(given["token"], network)
        values = values | {"ended": bool(token and token.dead)}
    return values, sandbox.take_heard()


def opened(sandbox: ListeningSandbox, url: str) -> dict[str, Any]:
    """Open the provider's page as a browser would; return what was asked for, and what is wrong with it."""
    parts = urlsplit(url.replace(f"{sandbox.url}/", "https://"))
    params = dict(parse_qsl(parts.query, keep_blank_values=True))
    call = Call("GET", parts.netloc, parts.path, params, {}, frozenset(params))
    sandbox.safe_answer(call)
    if parts.netloc not in DIALOGS:
        return {"failed": f"nobody is at {parts.netloc}"}
    asked = AuthorizationRequest(DIALOGS[parts.netloc], call.params)
    method = asked.method if asked.challenge else "none"
    return {"scopes": sorted(asked.scopes), "challenge": method, "wrong": asked.problem}


def decision_of(judge: str, network: str, job: str, difference: str) -> Decision | None:
    return next((one for one in DECISIONS if one.fits(judge, network, job, difference)), None)
