"""What Facebook and Instagram share: the Graph API's errors."""

import re
from typing import Any

from social_auth import http
from social_auth.outcomes import Gone, MissingScope, OurFault, RateLimited, TokenDead, Unavailable, WrongApp
from social_auth.providers.rules import Facts, Rule

VERSION = "v26.0"

GRAPH_RULES = (
    Rule(Unavailable, "transient by its own word", kind="transient"),
    Rule(RateLimited, "app, user or page limit", code="4|17|32|341|613|8000[0-9]|8001[0-4]"),
    Rule(WrongApp, "the token belongs to another app", code="100", text="did not match the viewing app"),
    Rule(OurFault, "appsecret_proof refused", code="100", text="appsecret_proof"),
    Rule(TokenDead, "authorization code spent, expired or of another client", code="100", subcode="3600[0-9]"),
    Rule(TokenDead, "authorization code spent, expired or of another client", text="(authorization|matching) code"),
    Rule(Gone, "does not exist or cannot be seen", code="100", subcode="33"),
    Rule(MissingScope, "permission missing", code="100", text="missing permission|requires the .* permission"),
    Rule(TokenDead, "token expired, revoked or invalid", code="190|102"),
    Rule(MissingScope, "permission or capability missing", code="3|10|2[0-9]{2}"),
    Rule(WrongApp, "the token was not issued to this app", code="101"),
    Rule(TokenDead, "token dead, in an old body without a code", code="", text="^error validating access token"),
    Rule(Unavailable, "outage", code="1|2"),
    Rule(OurFault, "blocked for policy", code="368"),
    Rule(OurFault, "no token or bad request of ours", code="104|2500|100|191|803"),
    Rule(OurFault, "an error we do not know", status=400, code=".+"),
)


def graph_facts(answer: http.Answer) -> Facts | None:
    """Decide on the body: Graph answers 400 whatever the code is, and sometimes 200."""
    error = answer.body.get("error") if isinstance(answer.body, dict) else None
    if not isinstance(error, dict):
        return Facts(answer.status) if answer.status != 200 else None
    return error_facts(answer.status, error)


def error_facts(status: int, error: dict[str, Any]) -> Facts:
    text = str(error.get("message", ""))
    code = error.get("code")
    if code is None and (found := re.search(r"\(#(\d{1,6})\)", text)):  # old bodies have it in the text only
        code = found[1]
    return Facts(
        status=status,
        code="" if code is None else str(code),
        subcode=str(error.get("error_subcode") or error.get("subcode") or ""),
        kind="transient" if error.get("is_transient") is True else str(error.get("type", "")),
        text=text,
    )
