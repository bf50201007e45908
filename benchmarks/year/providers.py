"""The seven providers in this process: the sandbox answers what incidents leave it to answer."""

import json
import random
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from urllib3 import HTTPResponse
from urllib3.exceptions import ReadTimeoutError

from benchmarks.year.clock import Clock
from benchmarks.year.incidents import Incident, Incidents
from benchmarks.year.truth import Truth
from social_auth.providers.linkedin import sandbox_data as linkedin
from social_auth.providers.tiktok import sandbox as tiktok
from social_auth.providers.twitter import sandbox_data as twitter
from social_auth.sandbox import graph
from social_auth.sandbox.accounts import account_of_channel, account_of_number
from social_auth.sandbox.bodies import params_of
from social_auth.sandbox.faults import fault
from social_auth.sandbox.server import PROVIDERS, _any_token, _raw
from social_auth.sandbox.tokens import Token, read_token
from social_auth.sandbox.wire import Call, Reply

A_CALL = 0.05
"""Seconds that a call takes; one that hangs takes what its deadline allows."""
HANGS = 8.0
GRANTS = ("/oauth/access_token", "/refresh_access_token", "/token", "/oauth2/token", "/oauth/token", "/accessToken")
"""How the paths end where tokens are given."""
LISTING = {"facebook": "pages_show_list", "linkedin": "rw_organization_admin", "pinterest": "boards:read"}
"""The scopes that listing pages, organisations and boards takes."""
REVOKED = Reply(401, {"code": 2, "message": "Authentication failed."})
REFUSALS: dict[str, Reply] = {
    "facebook": graph.error(190, "Error validating access token: Session has expired", subcode=463, status=401),
    "instagram": graph.error(190, "Error validating access token: Session has expired", subcode=463),
    "tiktok": tiktok.error(401, "access_token_invalid", "The access token is invalid or not found in the request."),
    "linkedin": linkedin.error(401, 65601, "REVOKED_ACCESS_TOKEN", "The token has been revoked by the user"),
    "twitter": twitter.UNAUTHORIZED,
    "pinterest": REVOKED,
    "youtube": Reply(401, {"error": {"code": 401, "message": "Invalid Credentials", "status": "UNAUTHENTICATED"}}),
}
GRANT_REFUSALS: dict[str, Reply] = {
    "tiktok": tiktok.flat_error("invalid_grant", "Refresh token is invalid or expired."),
    "linkedin": Reply(400, {"error": "invalid_grant", "error_description": "The token is revoked"}),
    "twitter": Reply(400, {"error": "invalid_request", "error_description": "Value passed for the token was invalid."}),
    "pinterest": Reply(401, {"code": 283, "message": "The authorization grant is invalid"}),
    "youtube": Reply(400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}),
}


class Providers:
    """Takes the place of the transport. `purpose` is what our side is doing; `calls` counts by network and purpose."""

    def __init__(self, clock: Clock, truth: Truth, incidents: Incidents, dice: random.Random) -> None:
        self.clock, self.truth, self.incidents, self.dice = clock, truth, incidents, dice
        self.purpose = "connect"
        self.calls: Counter[tuple[str, str]] = Counter()
        self.on_read: Callable[[Token | None, str, str], None] = lambda token, network, name: None
        self.before: Callable[[], None] = lambda: None
        self.after: Callable[[Call, Token | None], None] = lambda call, token: None
        self.watched = ""
        """An account of which every call is printed."""
        self.needless: Counter[str] = Counter()
        self.refused: set[str] = set()
        """Nonces of access tokens that the provider refused: renewing those is never for nothing."""

    def send(self, method: str, url: str, *, body: str | None, headers: dict[str, str], **_: Any) -> HTTPResponse:
        parts = urlsplit(url)
        told = {name.lower(): value for name, value in headers.items()}
        params = params_of(parts.query, (body or "").encode(), told.get("content-type", ""))
        reply = self.answer(Call(method, parts.hostname or "", parts.path, params, told))
        raw = _raw(reply.body)
        return HTTPResponse(BytesIO(raw), reply.headers, reply.status, preload_content=False)

    def answer(self, call: Call) -> Reply:
        self.before()
        self.clock.pass_by(A_CALL)
        network, token = PROVIDERS[call.host][0], _any_token(call)
        grants = call.method != "DELETE" and call.path.rstrip("/").endswith(GRANTS)
        self._count(network, call, token, grants)
        reply = self._ill(network, call, token, grants)
        if reply is None:
            reply = self._well(network, call, token)
            self._note(network, reply, token)
            reply = self._stormy(network, call, reply)
        if token and not grants and reply.status in (400, 401):
            self.refused.add(token.nonce)
        if token and token.account == self.watched:
            said = f"{self.purpose}: {call.method} {call.path} -> {reply.status} {str(reply.body)[:150]}"
            print(f"watched: {self.clock.now:%m-%d %H:%M:%S} {said}", file=sys.stderr, flush=True)
        self.after(call, token)
        return reply

    def _well(self, network: str, call: Call, token: Token | None) -> Reply:
        provider = PROVIDERS[call.host][1]
        return fault(provider, token.condition if token else "ok") or provider.handle(call)

    def _count(self, network: str, call: Call, token: Token | None, grants: bool) -> None:
        if grants and call.params.get("grant_type") == "client_credentials":
            return
        asked = _asked(call)
        renews = grants and self.purpose != "connect"
        self.calls[network, "renew" if renews else self.purpose] += max(len(asked), 1)
        if renews and token:
            self._note_needless(network, token)
        if self.purpose == "read" and not grants:
            named = asked or ([(token.network, token.account)] if token else [])
            for _, name in named:
                self.on_read(token, network, name)

    def _note_needless(self, network: str, token: Token) -> None:
        """Whether the access token has more than the larger part of its life before it, and nobody refused it."""
        life = self.truth.by_account.get((network, token.account))
        access = life.access if life else None
        if access is None or access.dead or access.nonce in self.refused:
            return
        left, whole = access.ends_at - self.clock.seconds(), access.ends_at - access.minted
        if left > 0.75 * whole:
            self.needless[network] += 1

    def _ill(self, network: str, call: Call, token: Token | None, grants: bool) -> Reply | None:
        for one in self.incidents.current.get(network, ()):
            if reply := self._of(one, call, token, grants):
                return reply
        return None

    def _of(self, one: Incident, call: Call, token: Token | None, grants: bool) -> Reply | None:
        provider = PROVIDERS[call.host][1]
        match one.what:
            case "5xx":
                return fault(provider, "5xx")
            case "hang":
                self.clock.pass_by(HANGS)
                raise ReadTimeoutError(None, "", "Read timed out.")  # type: ignore[arg-type]
            case "limited":
                return None if grants else provider.rate_limited()
            case "client disabled":
                return self._without_client(one.network, call, token, grants)
            case "version retired" if call.path.startswith("/rest/"):
                return linkedin.nonexistent(call.headers.get("linkedin-version", ""))
            case "storm" if token and "batch" not in call.params and call.method != "DELETE":
                if one.hits(token.account, self.dice) and (not grants or one.grants_too):
                    return (GRANT_REFUSALS if grants else REFUSALS).get(one.network, REFUSALS[one.network])
        return None

    def _without_client(self, network: str, call: Call, token: Token | None, grants: bool) -> Reply | None:
        """Our client does not exist any more: the provider says of nobody's token whether it is good."""
        if network in ("facebook", "instagram"):
            return graph.error(190, "Error validating application. Application has been deleted.")
        if not grants:
            return None
        if network == "youtube":
            return Reply(401, {"error": "disabled_client", "error_description": "The OAuth client was disabled."})
        headers = {name: value for name, value in call.headers.items() if name != "authorization"}
        return self._well(network, replace(call, params=call.params | {"client_secret": "old"}, headers=headers), token)

    def _stormy(self, network: str, call: Call, reply: Reply) -> Reply:
        """What a storm makes of an answer about many accounts at once."""
        for one in self.incidents.current.get(network, ()):
            if one.what == "storm" and (hit := [one.hits(name, self.dice) for _, name in _asked(call)]):
                reply = _spoilt(network, call, reply, hit)
        return reply

    def _grant_scopes(self, network: str, body: dict[str, Any], token: Token | None) -> None:
        """Who holds nothing did not grant the scopes for listing it either."""
        if token is None or network not in LISTING or token.holder.traits.assets:
            return
        told = body["data"] if isinstance(body.get("data"), dict) else body
        for name in ("scope", "scopes"):
            if isinstance(told.get(name), str):
                told[name] = told[name].replace(LISTING[network], "").strip(" ,")
            elif isinstance(told.get(name), list):
                told[name] = [scope for scope in told[name] if scope != LISTING[network]]

    def _note(self, network: str, reply: Reply, token_asked: Token | None) -> None:
        """Remember what was given last, and correct what only this world knows."""
        body = reply.body
        if not isinstance(body, dict):
            return
        for name in ("access_token", "refresh_token") if reply.status == 200 else ():
            if token := read_token(str(body.get(name, "")), network):
                self.truth.given(token)
        self._grant_scopes(network, body, token_asked)


def _asked(call: Call) -> list[tuple[str, str]]:
    """The accounts that a call reads which asks about many, in its order."""
    if batch := call.params.get("batch"):
        found = (read_token(item["relative_url"].partition("access_token=")[2].partition("&")[0], "facebook")
                 for item in json.loads(batch))  # fmt: skip
        return [("facebook", token.account if token else "") for token in found]
    if call.path == "/2/users":
        numbers = call.params.get("ids", "").split(",")
        return [("twitter", one.name) for number in numbers if (one := account_of_number("twitter", number))]
    if call.path.endswith("/channels") and "statistics" in call.params.get("part", "") and "id" in call.params:
        channels = call.params["id"].split(",")
        return [("youtube", one.name) for channel in channels if (one := account_of_channel(channel))]
    return []


def _spoilt(network: str, call: Call, reply: Reply, hit: list[bool]) -> Reply:
    if reply.status != 200:
        return reply
    if network == "facebook":
        refusal = {"code": 401, "headers": [], "body": json.dumps(REFUSALS["facebook"].body)}
        return Reply(200, [refusal if is_hit else item for item, is_hit in zip(reply.body, hit, strict=True)])
    lost = {name for (_, name), is_hit in zip(_asked(call), hit, strict=True) if is_hit}
    if network == "youtube":
        left = [item for item in reply.body["items"] if account_of_channel(item["id"]).name not in lost]
        return Reply(200, reply.body | {"items": left})
    data, errors = [], list(reply.body.get("errors", ()))
    for user in reply.body.get("data", ()):
        if account_of_number("twitter", user["id"]).name in lost:
            errors.append(twitter.missing(user["id"], "deleted"))
        else:
            data.append(user)
    return Reply(200, ({"data": data} if data else {}) | ({"errors": errors} if errors else {}), reply.headers)
