"""What our adapters read and send for each job, by the very code that serves."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from judges.sdks.grants import REFUSALS, about
from social_auth.connections.authorize import authorize_url
from social_auth.connections.browsers import Browser
from social_auth.providers.adapters import ADAPTERS
from social_auth.providers.facebook.adapter import GRAPH
from social_auth.providers.records import Posted, Profile, Proof, Subject, Tokens
from social_auth.providers.rules import Facts
from social_auth.wire.outcomes import Outcome
from social_auth.wire.secret import Secret

DAY = timedelta(days=1)
Given = dict[str, Any]
Values = dict[str, Any]


def do(job: str, given: Given) -> Values:
    """Return what our adapter reads; for a refusal, what it decided on and how; `failed` if it could not."""
    try:
        return JOBS[job](ADAPTERS[given["network"]], given)
    except Outcome as outcome:
        return {"failed": f"{type(outcome).__name__}: {outcome.detail}"}


def authorize(adapter: Any, given: Given) -> Values:
    asking = {"state": given["state"], "back": given["redirect_uri"], "scopes": given["scopes"]}
    return {"url": authorize_url(adapter, Browser("judges"), **asking)}


def exchange(adapter: Any, given: Given) -> Values:
    posted = Posted(code=given["code"], code_verifier=given["code_verifier"], redirect_uri=given["redirect_uri"])
    return read_tokens(adapter.exchange(posted))


def refresh(adapter: Any, given: Given) -> Values:
    if given["network"] == "facebook":
        return read_tokens(
            adapter.grant({"grant_type": "fb_exchange_token", "fb_exchange_token": given["access_token"]})
        )
    return read_tokens(adapter.renew(Secret(given["access_token"], given["refresh_token"])))


def read_tokens(tokens: Tokens) -> Values:
    found = {
        "access_token": bool(tokens.access_token),
        "refresh_token": bool(tokens.refresh_token),
        "scopes": sorted(tokens.scopes) or None,
        "expires_in": left(tokens.expires_at),
        "grant_life": left(tokens.grant_ends_at),
    }
    return {name: value for name, value in found.items() if value is not None}


def left(moment: Any) -> int | None:
    return None if moment is None else about((moment - timezone.now()).total_seconds())


def prove(adapter: Any, given: Given) -> Values:
    if given["network"] == "youtube":
        proof: Proof = adapter.person(Tokens(given["access_token"]))
        return {"uid": proof.account_uid, "client_id": proof.client_id, "scopes": sorted(proof.scopes)}
    if given["network"] == "linkedin":
        told = adapter.introspect(given["access_token"])
        return {"client_id": told["client_id"], "scopes": sorted(told["scope"].split(","))}
    adapter._app_token_until = 0.0
    told = adapter.inspect(given["access_token"])
    return {"uid": told["user_id"], "client_id": told["app_id"], "scopes": sorted(told["scopes"])}


def identify(adapter: Any, given: Given) -> Values:
    proof: Proof = adapter.identify(Tokens("", id_token=given["id_token"]))
    return {"uid": proof.account_uid, "client_id": proof.client_id, "email": proof.email}


def profile(adapter: Any, given: Given) -> Values:
    return read_profile(own_profile(adapter, given["access_token"]))


def own_profile(adapter: Any, access_token: str) -> Profile:
    match adapter.network:
        case "facebook":
            url = f"{GRAPH}/{settings.GRAPH_VERSION}/me"
            return adapter.profile(adapter.call("GET", url, params=adapter.me_params(access_token)))
        case "youtube":
            return adapter.assets(access_token)[0]
        case "twitter":
            return adapter.prove(Tokens(access_token)).profile
    return adapter.profile_of(access_token)


def read_profile(profile: Profile) -> Values:
    about_it = {"uid": profile.uid, "external_id": profile.external_id, "name": profile.name, "bio": profile.bio}
    return about_it | {"followers": profile.followers} | profile.extra


def batch(adapter: Any, given: Given) -> Values:
    if given["network"] == "facebook":
        return batch_of_people(adapter, given["tokens"])
    read = adapter.read_many([Subject(place, uid) for place, uid in enumerate(given["ids"])])
    found = {one.uid: one.followers for one in read.values() if isinstance(one, Profile)}
    return {"found": found, "missing": sorted(set(given["ids"]) - set(found))}


def batch_of_people(adapter: Any, tokens: list[dict[str, str]]) -> Values:
    """Several profiles, each under its owner's token."""
    subjects = [Subject(place, one["uid"], one["access_token"]) for place, one in enumerate(tokens)]
    read = adapter.read_many(subjects).values()
    found = {one.uid: one.name for one in read if isinstance(one, Profile)}
    return {"found": found, "missing": sum(isinstance(one, Outcome) for one in read)}


def pages(adapter: Any, given: Given) -> Values:
    return {"pages": {page.uid: [page.name, page.followers] for page in adapter.assets(given["access_token"])}}


def posts(adapter: Any, given: Given) -> Values:
    found = adapter.recent_posts(Subject(0, given["channel"]))
    newest = found[0].published_at  # the sandbox's posts move along with its clock
    return {"posts": [[round((newest - post.published_at) / DAY), post.likes, post.comments] for post in found]}


def revoke(adapter: Any, given: Given) -> Values:
    of_grant = given["token"] != given["access_token"]
    secret = Secret(given["access_token"], given["token"] if of_grant else "")
    return {"answer": adapter.revoke(secret, given["uid"])}


def refused(adapter: Any, ask: Callable[[], Any]) -> Values:
    """The facts that our adapter decides on, and what it makes of them."""
    seen: list[Facts] = []
    judge = adapter.classify

    def classify(facts: Facts, answer: Any = None) -> Outcome:
        seen.append(facts)
        return judge(facts, answer)

    adapter.classify = classify
    try:
        ask()
    except Outcome as outcome:
        facts = seen[-1]
        told = {name: getattr(facts, name) for name in ("status", "code", "subcode", "kind", "text")}
        return told | {"outcome": type(outcome).__name__, "retry_after": about(outcome.retry_after)}
    finally:
        del adapter.classify
        adapter.breaker.reset()
    return {"outcome": "accepted"}


JOBS: dict[str, Callable[[Any, Given], Values]] = {
    "authorize": authorize,
    "exchange": exchange,
    "refresh": refresh,
    "prove": prove,
    "identify": identify,
    "profile": profile,
    "batch": batch,
    "pages": pages,
    "posts": posts,
    "revoke": revoke,
    "spent grant": lambda adapter, given: refused(adapter, lambda: refresh(adapter, given)),
    **dict.fromkeys(
        REFUSALS,
        lambda adapter, given: refused(adapter, lambda: own_profile(adapter, given["access_token"])),
    ),
}
