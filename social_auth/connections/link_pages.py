"""The pages of a link. Looking at one changes nothing, as mail scanners and previews look too: a tap is a POST."""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from connect.api.throttling import Throttled, client_address, counted_as, limit_of
from connect.network_table import Network
from connect.return_urls import with_answer
from networks.models import SocialNetwork
from social_auth.connections import link_words
from social_auth.connections.authorize import authorize_url, redirect_uri, scopes_for
from social_auth.connections.branding import content_policy, stylesheet
from social_auth.connections.browsers import Browser
from social_auth.connections.link_answers import Trouble, settle
from social_auth.connections.link_problems import PROBLEMS
from social_auth.connections.models import ConnectLink, Standing, digest
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
ANSWER = ("state", "code", "iss", "error")
LONGEST = 4096
Page = Callable[..., HttpResponse]


def guarded(page: Page) -> Page:
    """Count the request, and let no other site frame the page, learn its address, or read it from a cache.

    Not by Django's CSRF cookie: a page without a referrer has no origin to check. A form brings a token of the browser.
    """

    @csrf_exempt
    @wraps(page)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            if limit := limit_of("address"):
                limit.take(counted_as(client_address(request)))
            response = page(request, *args, **kwargs)
        except Throttled as refusal:
            response = told("Too many requests", "Wait a moment, and try once more.", 429)
            response["Retry-After"] = str(refusal.extra["retry_after"])
        response["Content-Security-Policy"] = content_policy()
        response["Referrer-Policy"] = "no-referrer"
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return answered


@guarded
def link_page(request: HttpRequest, secret: str) -> HttpResponse:
    """The page of a link: read, or tapped."""
    browser, now = Browser.of(request), timezone.now()
    link = ConnectLink.objects.of(secret)
    if link is None:
        return told("There is no such link", "Look whether it was copied as a whole, or ask for a new one.", 404)
    if (standing := link.standing(browser.digest, now)) != Standing.OPEN:
        return ended(link, standing)
    if request.method == "POST":
        return tapped(request, link, browser.at(secret), now)
    if request.method not in ("GET", "HEAD"):
        return told("That cannot be done here", "Open the link in a browser.", 405)
    return shown(link, browser, now, link.problem)


def tapped(request: HttpRequest, link: ConnectLink, browser: Browser, now: datetime) -> HttpResponse:
    """Send the browser to the provider that was tapped; from now on the link is this browser's."""
    network = request.POST.get("network", "")
    if not (browser.is_known and request.POST.get("token") == browser.form_token(link.digest)):
        return shown(link, browser, now, "cookie", 403)
    choice = next((one for one in link_words.choices(link, now) if one.network == network), None)
    if choice is None:
        return shown(link, browser, now, "not_offered", 400)
    if not choice.is_open:
        return shown(link, browser, now, "closed", 503)
    adapter, state = ADAPTERS[network], secrets.token_urlsafe(32)
    if not link.send_out(browser.digest, network, state, now):
        link.refresh_from_db()
        return ended(link, link.standing(browser.digest, now))
    scopes = scopes_for(adapter, request.POST.getlist("allow"))
    url = authorize_url(adapter, browser, state=state, back=redirect_uri(adapter, request), scopes=scopes)
    return gone_to(url, browser)


@guarded
def callback(request: HttpRequest, network: str) -> HttpResponse:
    """Where a provider sends the browser back to, with an answer to the question that this browser asked."""
    if network not in Network.values:
        return told("There is no such page", "Go back to the app.", 404)
    if request.method == "POST":  # a form that a provider has posted comes without our cookie, and its repeat with it
        return gone_to(f"{request.path}{_query(_answer(request.POST))}")
    browser, answer = Browser.of(request), _answer(request.GET)
    link = ConnectLink.objects.asking(
        state=answer.get("state", ""), browser=browser.digest, network=network, now=timezone.now()
    )
    if link is None:
        return stray(browser)
    try:
        record = settle(link, answer, browser, redirect_uri(ADAPTERS[network], request))
    except Trouble as trouble:
        return troubled(request, link, browser, trouble)
    return gone_to(_back_to_app(link, success(network, record)) or page_of(browser))


def stray(browser: Browser) -> HttpResponse:
    """An answer that nobody waits for: forged, asked for in another browser, late, or one that had its effect."""
    link = ConnectLink.objects.of(browser.page) if browser.page else None
    if link and link.standing(browser.digest, timezone.now()) == Standing.DONE:
        return ended(link, Standing.DONE)
    title, sentence = (
        "Nobody waits for this answer",
        "It was used before, came too late, or belongs to another browser.",
    )
    return told(title, f"{sentence} Nothing was connected.", 400, page=page_of(browser) if link else "")


def troubled(request: HttpRequest, link: ConnectLink, browser: Browser, trouble: Trouble) -> HttpResponse:
    """Lead back to the page, which says what to do; if the same answer may be good in a while it can be sent again."""
    page = page_of(browser) if digest(browser.page) == link.digest else ""
    if not trouble.passes:
        link.tell(trouble.name)
        if page:
            return gone_to(page)
    more = {"again": request.get_full_path()} if trouble.passes else {}
    sentence = sentence_of(trouble.name, link)
    response = told("That did not work yet", sentence, 503 if trouble.passes else 400, page=page, **more)
    if trouble.passes:
        response["Retry-After"] = "30"
    return response


def shown(link: ConnectLink, browser: Browser, now: datetime, problem: str, status: int = 200) -> HttpResponse:
    """The choice of networks, with what came of the last try."""
    context = {
        "choices": link_words.choices(link, now),
        "whose": link_words.masked(link.user),
        "account": link_words.account_of(link),
        "problem": sentence_of(problem, link),
        "token": browser.form_token(link.digest),
        "expires_at": link.expires_at,
        "back": _back_to_app(link, failure(link.chosen, problem or "denied")),
    }
    response = HttpResponse(rendered("choose", context), status=status)
    browser.keep(response)
    return response


def ended(link: ConnectLink, standing: Standing) -> HttpResponse:
    """What a link says that is not open, or not to this browser."""
    if standing == Standing.DONE:
        back = _back_to_app(link, success(link.chosen, link.record)) if link.record else ""
        names = {"network": link_words.label_of(ADAPTERS[link.chosen]), "account": link_words.account_of(link)}
        return HttpResponse(rendered("done", {**names, "back": back}))
    title, sentence, status = ENDS[standing]
    return told(title, sentence, status, back=_back_to_app(link, {"result": "error", **ENDED}))


def told(title: str, sentence: str, status: int, **more: str) -> HttpResponse:
    return HttpResponse(rendered("told", {"title": title, "sentence": sentence, **more}), status=status)


def rendered(name: str, context: dict[str, Any]) -> str:
    """Without a request: nothing of a session, and nobody who may be signed in elsewhere, gets into these pages."""
    return render_to_string(f"connections/{name}.html", {**context, "brand": settings.CONNECT_BRAND})


def sentence_of(problem: str, link: ConnectLink) -> str:
    if problem not in PROBLEMS:
        return ""
    adapter = ADAPTERS[link.chosen or link.network or link.adapters[0].network]
    names = {"network": link_words.label_of(adapter), "account_types": link_words.kinds_of(adapter)}
    return PROBLEMS[problem].told(**names, account=link_words.account_of(link) or "that one")


def success(network: str, record: SocialNetwork) -> dict[str, str]:
    return {"result": "success", "network": network, "network_id": str(record.pk)}


def failure(network: str, problem: str) -> dict[str, str]:
    told = PROBLEMS[problem]
    about = {"network": network} if network else {}
    return {"result": "error", **about, "error": told.error, "reason": told.reason}


def _back_to_app(link: ConnectLink, answer: dict[str, str]) -> str:
    return with_answer(link.return_url, answer) if link.return_url else ""


def page_of(browser: Browser) -> str:
    return reverse("connect-link", args=[browser.page])


def gone_to(url: str, browser: Browser | None = None) -> HttpResponse:
    """Lead to an address that is ours, a provider's or in CONNECT_RETURN_URLS: an app's scheme may be one of these."""
    response = HttpResponse(status=303, headers={"Location": url})
    if browser:
        browser.keep(response)
    return response


def _answer(sent: Mapping[str, str]) -> dict[str, str]:
    return {name: sent[name] for name in ANSWER if 0 < len(sent.get(name, "")) <= LONGEST}


def _query(answer: dict[str, str]) -> str:
    return f"?{urlencode(answer)}" if answer else ""


@guarded
def brand_sheet(request: HttpRequest) -> HttpResponse:
    """The platform's colour: a style sheet, as the pages allow no style in themselves."""
    return HttpResponse(stylesheet(), content_type="text/css; charset=utf-8")
