"""Renders the pages of a link, and the answer to the app."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string

from connect.return_urls import with_answer
from networks.models import SocialNetwork
from social_auth.connections import link_words
from social_auth.connections.browsers import Browser
from social_auth.connections.link_problems import PROBLEMS
from social_auth.connections.models import ConnectLink, Standing
from social_auth.providers.adapters import ADAPTERS

ENDS = {
    Standing.SPENT: ("This link was used", "It is good for one connection. Ask for a new one in the app.", 410),
    Standing.EXPIRED: ("This link has ended", "Links live for a short time only. Ask for a new one in the app.", 410),
    Standing.ELSEWHERE: (
        "This link is open in another browser",
        "Go on there, where you began, or ask for a new one in the app.",
        403,
    ),
}
ENDED = {"error": "access_denied", "reason": "link_ended"}


def shown(link: ConnectLink, browser: Browser, now: datetime, problem: str, status: int = 200) -> HttpResponse:
    """The page with the choice of networks, and the problem of the last try."""
    context = {
        "choices": link_words.choices(link, now),
        "whose": link_words.masked(link.user),
        "account": link_words.account_of(link),
        "problem": sentence_of(problem, link),
        "token": browser.form_token(link.digest),
        "expires_at": link.expires_at,
        "back": back_to_app(link, failure(link.chosen, problem or "denied")),
    }
    response = HttpResponse(rendered("choose", context), status=status)
    browser.keep(response)
    return response


def ended(link: ConnectLink, standing: Standing) -> HttpResponse:
    """The page of a link that is not open, or not for this browser."""
    if standing == Standing.DONE:
        back = back_to_app(link, success(link.chosen, link.record)) if link.record else ""
        names = {"network": link_words.label_of(ADAPTERS[link.chosen]), "account": link_words.account_of(link)}
        return HttpResponse(rendered("done", {**names, "back": back}))
    title, sentence, status = ENDS[standing]
    return message_page(title, sentence, status, back=back_to_app(link, {"result": "error", **ENDED}))


def message_page(title: str, sentence: str, status: int, **more: str) -> HttpResponse:
    return HttpResponse(rendered("message", {"title": title, "sentence": sentence, **more}), status=status)


def not_yet(sentence: str, again: str, page: str = "") -> HttpResponse:
    """The page after a trouble that passes, with a button that sends the same answer again."""
    response = message_page("That did not work yet", sentence, 503, again=again, page=page)
    response["Retry-After"] = "30"
    return response


def rendered(name: str, context: dict[str, Any]) -> str:
    """Render without a request, so that nothing of a session or a signed-in user gets into these pages."""
    return render_to_string(f"connections/{name}.html", {**context, "brand": settings.CONNECT_BRAND})


def sentence_of(problem: str, link: ConnectLink) -> str:
    if problem not in PROBLEMS:
        return ""
    adapter = ADAPTERS[link.chosen or link.network or link.adapters[0].network]
    names = {"network": link_words.label_of(adapter), "account_types": link_words.kinds_of(adapter)}
    return PROBLEMS[problem].as_sentence(**names, account=link_words.account_of(link) or "that one")


def success(network: str, record: SocialNetwork) -> dict[str, str]:
    return {"result": "success", "network": network, "network_id": str(record.pk)}


def failure(network: str, problem: str) -> dict[str, str]:
    problem_row = PROBLEMS[problem]
    about = {"network": network} if network else {}
    return {"result": "error", **about, "error": problem_row.error, "reason": problem_row.reason}


def back_to_app(link: ConnectLink, answer: dict[str, str]) -> str:
    """The app's return URL with the answer; empty if it gave none."""
    return with_answer(link.return_url, answer) if link.return_url else ""
