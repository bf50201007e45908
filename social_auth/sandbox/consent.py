"""A provider's consent page, and the redirect to the app that follows it.

`GET /<host>/<path>?client_id&redirect_uri&…` shows it, a form posted to the same address answers it. The `Dialog` of
each network says what is checked and how an error is worded.
"""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.template.loader import render_to_string

from social_auth.sandbox import accounts, control, traits
from social_auth.sandbox.authorization_request import AuthorizationRequest
from social_auth.sandbox.dialog import Dialog
from social_auth.sandbox.states import GRANT_STATES, account_states
from social_auth.sandbox.tokens import NO_SCOPES, Token, mint
from social_auth.sandbox.wire import Call, Reply

APP_NAME = "Connect"
TICK = "grant:"
"""Prefix of the names of the scopes' checkboxes: query and form are read together, and must not collide."""


def answer(dialog: Dialog, call: Call) -> Reply:
    request = AuthorizationRequest(dialog, call.params)
    if problem := request.problem:
        return refused(dialog, request, *problem)
    if call.method != "POST":
        return Reply(200, page(dialog, request))
    if not control.same_origin(call):
        return Reply(403, page(dialog, request, failed="Forms of other sites are refused."))
    if call.params.get("decision") != "approve":
        return redirect_to_app(request, dialog.denied)
    try:
        return approved(dialog, request, call.params)
    except ValueError as error:
        return Reply(400, page(dialog, request, failed=f"{error}."))


def refused(dialog: Dialog, request: AuthorizationRequest, problem: str, detail: str) -> Reply:
    """The refusal of a wrong request: for most problems a page for the app's developer, else a redirect."""
    text = dialog.messages.get(problem, problem).format(detail)
    if problem in dialog.redirected_errors:
        return redirect_to_app(request, {"error": dialog.redirected_errors[problem], "error_description": text})
    return Reply(400, render_to_string("sandbox/consent.html", {"dialog": dialog, "refusal": text}))


def redirect_to_app(request: AuthorizationRequest, answer: dict[str, str]) -> Reply:
    """A redirect to the app with the answer, the app's state, and the fragment that some providers add."""
    params = answer | ({"state": request.state} if request.state else {})
    return Reply(302, None, {"Location": _with_query(request.redirect_uri, params, request.dialog.fragment)})


def approved(dialog: Dialog, request: AuthorizationRequest, form: dict[str, str]) -> Reply:
    """Issue a code for the chosen account; raises ValueError for an impossible name or state."""
    name = form.get("new_account", "").strip() or form.get("account", "")
    state = form.get("account_state", "")
    token_state = state if state in GRANT_STATES else "ok"
    code = mint(dialog.network, name, state=token_state, kind="code", redirect=request.redirect_uri)
    traits.set_traits(dialog.network, code.account, state=state if state in account_states(dialog.network) else "")
    granted = [scope for scope in request.scopes if scope in dialog.always or form.get(f"{TICK}{scope}")]
    code = bind(code, request, granted)
    return redirect_to_app(request, {"code": str(code)} | dialog.approved(request.params, granted))


def bind(code: Token, request: AuthorizationRequest, granted: list[str]) -> Token:
    """Bind the code to the app of the request, to the granted scopes and to the PKCE challenge."""
    return replace(
        code,
        app=request.client_id,
        scope=" ".join(granted) or NO_SCOPES,
        online=request.dialog.is_online(request.params, granted),
        asked_nonce=request.params.get("nonce", ""),
        challenge=request.challenge,
        method=request.method,
    )


def page(dialog: Dialog, request: AuthorizationRequest, failed: str = "") -> str:
    boxes = [Box(scope, dialog.scopes[scope], fixed=scope in dialog.always) for scope in request.scopes]
    context: dict[str, Any] = {
        "dialog": dialog,
        "app": APP_NAME,
        "back_to": urlsplit(request.redirect_uri).netloc or f"{urlsplit(request.redirect_uri).scheme}:",
        "boxes": boxes,
        "accounts": selectable_accounts(dialog.network),
        "account_states": account_states(dialog.network).items(),
        "grant_states": GRANT_STATES.items(),
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


def selectable_accounts(network: str) -> list[accounts.Account]:
    """The accounts on the consent page: those changed on that network, and two to begin with."""
    changed = {account.name for account in accounts.changed_accounts() if account.network == network} - {
        traits.EVERYBODY
    }
    return [accounts.Account(network, name) for name in sorted(changed | set(control.FIRST_ACCOUNTS))]


def _with_query(uri: str, more: dict[str, str], fragment: str) -> str:
    join = "&" if urlsplit(uri).query else "?"
    return f"{uri}{join}{urlencode(more)}{f'#{fragment}' if fragment else ''}"
