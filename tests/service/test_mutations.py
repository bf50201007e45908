"""Providers that lie: every answer to every adapter, mutated in every place, ends in a result or a typed outcome."""

import copy
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connect.network_table import Network
from social_auth.budgets import fault_alarm
from social_auth.providers.adapters import adapter_for
from social_auth.providers.records import Posted, Profile, Proof, Subject, Tokens
from social_auth.sandbox.tokens import mint
from social_auth.wire import http
from social_auth.wire.outcomes import Gone, NotConnectable, Outcome, TokenDead
from social_auth.wire.secret import Secret

pytestmark = pytest.mark.slow

VALUES: list[Any] = [
    None, True, False, 0, -1, 1, 1.5, 2**53 + 1, 2**63, 10**19, "", " ", "x", "0", "12", "-1", "1.5", "١٢", "\ufffd", "a\nb", "x" * 300,
    "x" * 5000, [], [None], [[]], [1, 2], {}, {"": ""}, {"id": None}, {"error": {}}, {"error": "x"}, {"data": []}, "https://evil.example/x",
    "2024-01-01", "true", "ok", [{"id": 1}], {"a": {"b": {"c": {"d": []}}}},
]  # fmt: skip
STATUSES = [
    200,
    201,
    204,
    206,
    400,
    401,
    402,
    403,
    404,
    405,
    409,
    410,
    418,
    422,
    426,
    429,
    451,
    500,
    502,
    503,
    504,
    520,
]
BODIES: list[Any] = [
    None,
    {},
    [],
    "",
    "x",
    0,
    True,
    [[]],
    {"error": None},
    {"error": []},
    {"errors": [{}]},
    {"data": None},
]
CASES_AT_LEAST = 100_000


def operations(network: str) -> dict[str, Callable[[], Any]]:
    adapter, token = adapter_for(network), mint(network, "maya")
    uid = token.holder.channel_id if network == Network.YOUTUBE else token.holder.uid(token.app)
    secret = Secret(str(token.sibling("long")), str(token.sibling("refresh")))
    subjects = [Subject(1, uid, str(token)), Subject(2, "12345", str(token))]
    code = Posted(code=str(mint(network, "maya", kind="code")), code_verifier="v", redirect_uri="r")
    calls = {
        "prove": lambda: adapter.prove(Tokens(str(token)), ""),
        "prove for a user": lambda: adapter.prove(Tokens(str(token)), uid),
        "read": lambda: adapter.read_many(subjects),
        "renew": lambda: adapter.renew(secret),
        "exchange": lambda: adapter.exchange(code),
        "ping": adapter.ping,
    }
    calls["identify"] = lambda: adapter.identify(Tokens(str(token)))
    if adapter.asset_noun:
        calls["assets"] = lambda: adapter.assets(str(token))
    if adapter.revokes:
        calls["revoke"] = lambda: adapter.revoke(Secret(str(token)), uid)
    return calls


def paths(body: Any, at: tuple = ()) -> Iterator[tuple]:
    yield at
    items = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for key, value in items:
        yield from paths(value, (*at, key))


def mutated(body: Any, at: tuple, change: Callable[[Any, Any], None]) -> Any:
    copied = copy.deepcopy(body)
    place = copied
    for key in at[:-1]:
        place = place[key]
    change(place, at[-1])
    return copied


def mutations(answer: http.Answer) -> Iterator[http.Answer]:
    for at in paths(answer.body):
        changed = [mutated(answer.body, at, lambda place, key: place.pop(key))] if at else []
        for value in VALUES:
            changed.append(
                mutated(answer.body, at, lambda place, key, v=value: place.__setitem__(key, v)) if at else value
            )
        for body in changed:
            for status in (answer.status, 400, 401, 403, 503):
                yield http.Answer(status, {}, body)
    for status in STATUSES:
        for body in [answer.body, *BODIES]:
            yield http.Answer(status, {}, body)
    for wait in ("", "x", "-1", "0", "99999999999999999999", "1e9", "Wed, 21 Oct 2026 07:28:00 GMT"):
        yield http.Answer(429, {"retry-after": wait, "x-rate-limit-reset": wait}, answer.body)


class Replay:
    """Records the answers to an operation, then gives them again with one of them changed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.real, self.answers, self.at = http.call, [], 0
        monkeypatch.setattr(http, "call", self.call)
        self.recording = True

    def call(self, *arguments: Any, **options: Any) -> http.Answer:
        if self.recording:
            self.answers.append(self.real(*arguments, **options))
            return self.answers[-1]
        answer = self.answers[min(self.at, len(self.answers) - 1)]
        self.at += 1
        return answer


def allowed(result: Any) -> bool:
    if isinstance(result, dict):
        return set(result) == {1, 2} and all(isinstance(one, Profile | Outcome) for one in result.values())
    if isinstance(result, list):
        return all(isinstance(one, Profile) for one in result)
    return isinstance(result, Proof | Tokens | str)


def settled(operation: Callable[[], Any]) -> Any:
    try:
        return operation()
    except Outcome as outcome:
        return outcome


@pytest.mark.parametrize("network", Network.values)
def test_every_mutation_ends_in_a_typed_outcome(sandbox, monkeypatch, network):
    counts: Counter[str] = Counter()
    monkeypatch.setattr(fault_alarm, "report", lambda *_: None)  # the database counts what is ours
    for name, operation in operations(network).items():
        with monkeypatch.context() as patch:
            replay = Replay(patch)
            forget_app_token(network)
            settled(operation)
            replay.recording = False
            recorded = list(replay.answers)
            for index, answer in enumerate(recorded):
                for changed in mutations(answer):
                    forget_app_token(network)
                    replay.at = 0
                    replay.answers = [*recorded[:index], changed, *recorded[index + 1 :]]
                    result = settled(operation)
                    assert isinstance(result, Outcome) or allowed(result), (name, changed, result)
                    if changed.status == 429 or changed.status >= 500:
                        assert not verdicts(result), (name, changed, result)
                    counts[type(result).__name__] += 1
    assert counts.total() >= CASES_AT_LEAST / len(Network), counts


def verdicts(result: Any) -> list[Any]:
    """What would count against an account."""
    found = result.values() if isinstance(result, dict) else [result]
    return [one for one in found if isinstance(one, TokenDead | Gone | NotConnectable)]


def forget_app_token(network: str) -> None:
    if network == Network.FACEBOOK:
        adapter_for(network)._app_token_until = 0.0  # type: ignore[attr-defined]
