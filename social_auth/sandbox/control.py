"""The sandbox's own calls: the page at `/`, and what its buttons and the commands do.

`POST /_/mint`, `/_/set`, `/_/retire` (a `version` of a `network`) and `/_/forget` take a form. They answer JSON to
whoever asks for it, the page otherwise.
"""

import json
from typing import Any
from urllib.parse import urlsplit

from django.template.loader import render_to_string

from connect.network_table import Network
from social_auth.sandbox import accounts, minting, tokens
from social_auth.sandbox.log import CallLog
from social_auth.sandbox.states import OF_NETWORKS, STATES
from social_auth.sandbox.versions import retire
from social_auth.sandbox.wire import Call, Reply

STARTERS = ("maya", "leo")
HOLDING = (Network.FACEBOOK, Network.LINKEDIN, Network.PINTEREST)
"""Where an account administers pages, organisations or boards."""


def answer(call: Call, log: CallLog) -> Reply:
    if call.method == "GET" and call.host == "":
        return Reply(200, page(log))
    if call.method != "POST" or call.host != "_":
        return Reply(404, {"error": "not found"})
    if not same_origin(call):
        return Reply(403, {"error": "Calls of other sites are refused"})
    try:
        done = _do(call, log)
    except (ValueError, KeyError) as error:
        return _reply(call, log, 400, {"error": str(error)})
    return _reply(call, log, 200, done)


def _do(call: Call, log: CallLog) -> dict[str, Any]:
    given = {name: value.strip() for name, value in call.params.items() if value.strip()}
    match call.path:
        case "/mint":
            wanted = {name: given[name] for name in minting.FIELDS if name in given}
            return minting.minted(**{"network": ""} | wanted)
        case "/set":
            return _set(given)
        case "/retire":
            retire(Network(given.get("network", "")).value, given.get("version", ""))
            return {"retired": given.get("version", "")}
        case "/forget":
            tokens.forget()
            log.clear()
            return {"forgotten": True}
    raise ValueError("There is no such call")


def _set(given: dict[str, str]) -> dict[str, Any]:
    """Change an account; what is not given stays."""
    numbers = {name: _whole(given[name]) for name in ("followers", "assets") if name in given}
    words = {name: given[name] for name in ("handle", "state") if name in given}
    if words.get("state") == given.get("was"):
        words.pop("state", None)  # the page posts every field, also what nobody touched
    network = Network(given.get("network", "")).value
    account = accounts.set_traits(network, given.get("account", ""), **numbers, **words)  # type: ignore[arg-type]
    return described(account)


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise ValueError(f"{text[:20]!r} is no whole number")
    return int(text)


def described(account: accounts.Account) -> dict[str, Any]:
    about = {"network": str(account.network), "account": account.name, "state": account.traits.state}
    if account.name == accounts.EVERYBODY:
        return about
    counts = {"followers": account.followers} | (
        {"assets": account.traits.assets} if account.network in HOLDING else {}
    )
    return about | {"handle": account.handle} | counts


def page(log: CallLog, *, done: dict[str, Any] | None = None, failed: str = "") -> str:
    context = {
        "networks": Network.choices,
        "states": STATES.items(),
        "network_states": ["ok", *OF_NETWORKS],
        "accounts": [described(account) for account in _listed(log)],
        "whole_networks": [(network, accounts.network_state(network)) for network in Network],
        "kinds": minting.KINDS.items(),
        "calls": log.lines(50),
        "done": json.dumps(done, indent=2) if done else "",
        "minted": done if done and "user_id" in done else None,
        "failed": failed,
    }
    return render_to_string("sandbox/sandbox.html", context)


def _listed(log: CallLog) -> list[accounts.Account]:
    """Whoever was changed, whoever was asked about lately, and some more to begin with; by network and name."""
    asked = [accounts.Account(Network(line.network), line.account) for line in log.lines() if line.network]
    starters = [accounts.Account(network, name) for network in Network for name in STARTERS]
    people = {(Network(one.network), one.name): one for one in (*accounts.known(), *asked, *starters)}
    people = {key: account for key, account in people.items() if account.name != accounts.EVERYBODY}
    return [people[key] for key in sorted(people, key=lambda key: (Network.values.index(key[0]), key[1]))]


def _reply(call: Call, log: CallLog, status: int, done: dict[str, Any]) -> Reply:
    if "application/json" in call.headers.get("accept", ""):
        return Reply(status, done)
    if status != 200:
        return Reply(status, page(log, failed=str(done["error"])))
    return Reply(200, page(log, done=done))


def same_origin(call: Call) -> bool:
    """Whether a browser sends it from the page itself; commands send no Origin."""
    origin = call.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == call.headers.get("host", "")
