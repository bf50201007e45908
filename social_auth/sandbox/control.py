"""The sandbox's control page at `/`, and the calls that its buttons and the management commands make.

`POST /_/mint`, `/_/set`, `/_/retire` (a `version` of a `network`) and `/_/forget` take a form. They answer with JSON if
the Accept header names it, else with the page.
"""

import json
from typing import Any
from urllib.parse import urlsplit

from django.template.loader import render_to_string

from connect.network_table import Network
from social_auth.sandbox import accounts, minting, tokens, traits
from social_auth.sandbox.log import CallLog
from social_auth.sandbox.states import NETWORK_STATES, STATES
from social_auth.sandbox.versions import retire
from social_auth.sandbox.wire import Call, Reply

FIRST_ACCOUNTS = ("maya", "leo")
WITH_ASSETS = (Network.FACEBOOK, Network.LINKEDIN, Network.PINTEREST)
"""Where an account administers pages, organisations or boards."""


def answer(call: Call, log: CallLog) -> Reply:
    if call.method == "GET" and call.host == "":
        return Reply(200, page(log))
    if call.method != "POST" or call.host != "_":
        return Reply(404, {"error": "not found"})
    if not same_origin(call):
        return Reply(403, {"error": "Calls of other sites are refused"})
    try:
        result = _do(call, log)
    except (ValueError, KeyError) as error:
        return _reply(call, log, 400, {"error": str(error)})
    return _reply(call, log, 200, result)


def _do(call: Call, log: CallLog) -> dict[str, Any]:
    params = {name: value.strip() for name, value in call.params.items() if value.strip()}
    match call.path:
        case "/mint":
            fields = {name: params[name] for name in minting.FIELDS if name in params}
            return minting.minted(**{"network": ""} | fields)
        case "/set":
            return _set(params)
        case "/retire":
            retire(Network(params.get("network", "")).value, params.get("version", ""))
            return {"retired": params.get("version", "")}
        case "/forget":
            tokens.forget()
            log.clear()
            return {"forgotten": True}
    raise ValueError("There is no such call")


def _set(params: dict[str, str]) -> dict[str, Any]:
    """Change the given traits of an account."""
    numbers = {name: _whole(params[name]) for name in ("followers", "assets") if name in params}
    texts = {name: params[name] for name in ("handle", "state") if name in params}
    if texts.get("state") == params.get("was"):
        texts.pop("state", None)  # the page posts every field, changed or not
    network = Network(params.get("network", "")).value
    name = params.get("account", "")
    traits.set_traits(network, name, **numbers, **texts)  # type: ignore[arg-type]
    return described(accounts.Account(network, name))


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise ValueError(f"{text[:20]!r} is no whole number")
    return int(text)


def described(account: accounts.Account) -> dict[str, Any]:
    about = {"network": str(account.network), "account": account.name, "state": account.traits.state}
    if account.name == traits.EVERYBODY:
        return about
    counts = {"followers": account.followers} | (
        {"assets": account.traits.assets} if account.network in WITH_ASSETS else {}
    )
    return about | {"handle": account.handle} | counts


def page(log: CallLog, *, result: dict[str, Any] | None = None, failed: str = "") -> str:
    context = {
        "networks": Network.choices,
        "states": STATES.items(),
        "network_states": ["ok", *NETWORK_STATES],
        "accounts": [described(account) for account in _listed(log)],
        "whole_networks": [(network, traits.network_state(network)) for network in Network],
        "kinds": minting.KINDS.items(),
        "calls": log.lines(50),
        "done": json.dumps(result, indent=2) if result else "",
        "minted": result if result and "user_id" in result else None,
        "failed": failed,
    }
    return render_to_string("sandbox/sandbox.html", context)


def _listed(log: CallLog) -> list[accounts.Account]:
    """The accounts that were changed or called lately, and two of each network; by network and name."""
    called = [accounts.Account(Network(line.network), line.account) for line in log.lines() if line.network]
    starters = [accounts.Account(network, name) for network in Network for name in FIRST_ACCOUNTS]
    people = {
        (Network(account.network), account.name): account
        for account in (*accounts.changed_accounts(), *called, *starters)
    }
    people = {key: account for key, account in people.items() if account.name != traits.EVERYBODY}
    return [people[key] for key in sorted(people, key=lambda key: (Network.values.index(key[0]), key[1]))]


def _reply(call: Call, log: CallLog, status: int, result: dict[str, Any]) -> Reply:
    if "application/json" in call.headers.get("accept", ""):
        return Reply(status, result)
    if status != 200:
        return Reply(status, page(log, failed=str(result["error"])))
    return Reply(200, page(log, result=result))


def same_origin(call: Call) -> bool:
    """Whether the call comes from the page itself, or from a command, which sends no Origin."""
    origin = call.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == call.headers.get("host", "")
