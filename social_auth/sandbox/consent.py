"""The page where a provider asks its user whether an app may have what it asks for, and what comes of the answer.

`GET /<host>/<path>?client_id&redirect_uri&…` shows it, a form posted to the same address answers it. Each network tells
by a `Dialog` what it checks and in which words it refuses.
"""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.template.loader import render_to_string

from social_auth.sandbox import accounts, control
from social_auth.sandbox.asking import Asked, asked_for
from social_auth.sandbox.dialog import Dialog
from social_auth.sandbox.states import OF_GRANTS, of_accounts
from social_auth.sandbox.tokens import NOTHING, Token, mint
from social_auth.sandbox.wire import Call, Reply

APP_NAME = "Connect"
TICK = "grant:"
"""What the name of a scope's box begins with: query and form are read together."""


def answer(dialog: Dialog, call: Call) -> Reply:
    asked = asked_for(dialog, call)
    if problem := asked.problem:
        return refused(dialog, asked, *problem)
    if call.method != "POST":
        return Reply(200, page(dialog, asked))
    if not control.same_origin(call):
        return Reply(403, page(dialog, asked, failed="Forms of other sites are refused."))
    if call.params.get("decision") != "approve":
        return sent_back(asked, dialog.denied)
    try:
        return approved(dialog, asked, call.params)
    except ValueError as error:
        return Reply(400, page(dialog, asked, failed=f"{error}."))


def refused(dialog: Dialog, asked: Asked, problem: str, detail: str) -> Reply:
    """What the provider says to an app that asks wrongly: nearly always on a page, for whoever wrote the app."""
    text = dialog.words.get(problem, problem).format(detail)
    if problem in dialog.told_by_redirect:
        return sent_back(asked, {"error": dialog.told_by_redirect[problem], "error_description": text})
    return Reply(400, render_to_string("sandbox/consent.html", {"dialog": dialog, "refusal": text}))


def sent_back(asked: Asked, answer: dict[str, str]) -> Reply:
    """A redirect to the app with the answer, its state, and what the provider leaves at the end of the address."""
    told = answer | ({"state": asked.state} if asked.state else {})
    return Reply(302, None, {"Location": _with_query(asked.redirect_uri, told, asked.dialog.fragment)})


def approved(dialog: Dialog, asked: Asked, form: dict[str, str]) -> Reply:
    """Give a code for the account chosen; raises ValueError for what cannot be."""
    name = form.get("new_account", "").strip() or form.get("account", "")
    state = form.get("account_state", "")
    token_state = state if state in OF_GRANTS else "ok"
    code = mint(dialog.network, name, state=token_state, kind="code", redirect=asked.redirect_uri)
    accounts.set_traits(dialog.network, code.account, state=state if state in of_accounts(dialog.network) else "")
    granted = [scope for scope in asked.scopes if scope in dialog.always or form.get(f"{TICK}{scope}")]
    code = bound(code, asked, granted)
    return sent_back(asked, {"code": str(code)} | dialog.approved(asked.params, granted))


def bound(code: Token, asked: Asked, granted: list[str]) -> Token:
    """The code, good for who asked for it, for what was granted, and with the verifier of its challenge."""
    return replace(
        code,
        app=asked.client_id,
        scope=" ".join(granted) or NOTHING,
        online=asked.dialog.is_online(asked.params, granted),
        asked_nonce=asked.params.get("nonce", ""),
        challenge=asked.challenge,
        method=asked.method,
    )


def page(dialog: Dialog, asked: Asked, failed: str = "") -> str:
    boxes = [Box(scope, dialog.scopes[scope], fixed=scope in dialog.always) for scope in asked.scopes]
    context: dict[str, Any] = {
        "dialog": dialog,
        "app": APP_NAME,
        "asked": asked,
        "back_to": urlsplit(asked.redirect_uri).netloc or f"{urlsplit(asked.redirect_uri).scheme}:",
        "boxes": boxes,
        "accounts": known(dialog.network),
        "account_states": of_accounts(dialog.network).items(),
        "grant_states": OF_GRANTS.items(),
        "failed": failed,
    }
    return render_to_string("sandbox/consent.html", context)


@dataclass(frozen=True)
class Box:
    scope: str
    about: str
    fixed: bool

    @property
    def name(self) -> str:
        return f"{TICK}{self.scope}"


def known(network: str) -> list[accounts.Account]:
    """The accounts to choose among: who was met or changed on that network, and some to begin with."""
    met = {one.name for one in accounts.known() if one.network == network} - {accounts.EVERYBODY}
    return [accounts.Account(network, name) for name in sorted(met | set(control.STARTERS))]


def _with_query(uri: str, more: dict[str, str], fragment: str) -> str:
    join = "&" if urlsplit(uri).query else "?"
    return f"{uri}{join}{urlencode(more)}{f'#{fragment}' if fragment else ''}"
