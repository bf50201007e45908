"""What Facebook and Instagram share: the Graph API's errors."""

import re
from typing import Any

from social_auth.providers.rules import Facts, Rule
from social_auth.wire import http
from social_auth.wire.outcomes import (
    AccountLimited,
    Gone,
    Locked,
    MissingScope,
    OurFault,
    RateLimited,
    TokenDead,
    Unavailable,
    WrongApp,
)

GRAPH_RULES = (
    Rule(Unavailable, "transient by its own word", kind="transient"),
    Rule(Unavailable, "an outage by its own word", code="101", text="system error"),
    Rule(OurFault, "our app was deleted or is blocked", text="application has been deleted"),
    Rule(OurFault, "our app was deleted or is blocked", text="api access (is )?(blocked|deactivated|disabled)"),
    Rule(
        OurFault,
        "our client id or secret is wrong",
        text="client.?secret|client_id|invalid application id|platform app",
    ),
    Rule(AccountLimited, "the limit of one user, page or account", code="17|32|613|8000[0-9]|8001[0-4]"),
    Rule(RateLimited, "the limit of the app", code="4|341"),
    Rule(TokenDead, "another redirect_uri", about="code", text="redirect.?uri|of this url", field="redirect_uri"),
    Rule(TokenDead, "the verifier is not that of the code", text="verifier", about="code", field="code_verifier"),
    Rule(WrongApp, "the token belongs to another app", code="100", text="did not match the viewing app"),
    Rule(OurFault, "appsecret_proof refused", code="100", text="app.?secret.?proof"),
    Rule(TokenDead, "authorization code spent or expired", code="100", subcode="3600[0-9]"),
    Rule(TokenDead, "authorization code spent or expired", text="(authorization|matching|verification) code"),
    Rule(Gone, "does not exist or cannot be seen", code="100", subcode="33"),
    Rule(MissingScope, "permission missing", code="100", text="missing permission|requires the .* permission"),
    Rule(Locked, "a checkpoint: its owner must sign in there", code="190", subcode="459|464"),
    Rule(TokenDead, "token expired, revoked or invalid", code="190|102|452"),
    Rule(MissingScope, "permission or capability missing", code="3|10|2[0-9]{2}"),
    Rule(OurFault, "our app is refused", code="101", about="code|grant|client"),
    Rule(WrongApp, "the token was not issued to this app", code="101"),
    Rule(TokenDead, "token dead, in an old body without a code", code="", text="^error validating access token"),
    Rule(Unavailable, "outage", code="1|2"),
    Rule(OurFault, "blocked for policy", code="368"),
    Rule(OurFault, "no token or bad request of ours", code="104|2500|100|191|803"),
)


def graph_facts(answer: http.Answer) -> Facts | None:
    """Read an error from the body, not the status: Graph answers most errors with 400, and some with 200."""
    error = answer.body.get("error") if isinstance(answer.body, dict) else None
    if not isinstance(error, dict):
        return Facts(answer.status) if answer.status != 200 else None
    return error_facts(answer.status, error)


def error_facts(status: int, error: dict[str, Any]) -> Facts:
    text = str(error.get("message", ""))
    code = error.get("code")
    if code is None and (match := re.search(r"\(#(\d{1,6})\)", text)):  # old bodies have the code in the text only
        code = match[1]
    return Facts(
        status=status,
        code="" if code is None else str(code),
        subcode=str(error.get("error_subcode") or error.get("subcode") or ""),
        kind="transient" if error.get("is_transient") is True else str(error.get("type", "")),
        text=text,
    )
