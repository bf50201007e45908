"""The pages of a link. Looking at one changes nothing, as mail scanners and previews look too: a tap is a POST."""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from urllib.parse import urlencode

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt

from connect.api.throttling import Throttled, address_to_count, client_address, limit_of
from connect.branding import stylesheet
from connect.network_table import Network
from social_auth.connections import link_words
from social_auth.connections.authorize import authorize_url, redirect_uri, scopes_for
from social_auth.connections.branding import content_policy
from social_auth.connections.browsers import Browser
from social_auth.connections.link_answers import Trouble, settle
from social_auth.connections.link_screens import back_to_app, ended, not_yet, sentence_of, shown, success, told
from social_auth.connections.models import ConnectLink, Standing, digest
from social_auth.providers.adapters import ADAPTERS

ANSWER = ("state", "code", "iss", "error")
"""What of a provider's answer is looked at."""
LONGEST = 4096
Page = Callable[..., HttpResponse]


def guarded(page: Page) -> Page:
    """Count the request, and let no other site frame the page, learn its address, or read it from a cache.

    Not by Django's CSRF cookie: a page without a referrer has no origin to check. A form brings a token of the browser.
    """

    @csrf_exempt
    @wraps(page)
    def answered(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
        response = _answered(page, request, *args, **kwargs)
        response["Content-Security-Policy"] = content_policy()
        response["Referrer-Policy"] = "no-referrer"
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return answered


def _answered(page: Page, request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
    """What a person can read, also when it is too much, or when the database is away for a moment."""
    try:
        if limit := limit_of("address"):
            limit.take(address_to_count(client_address(request)))
        return page(request, *args, **kwargs)
    except Throttled as refusal:
        response = told("Too many requests", "Wait a moment, and try once more.", 429)
        response["Retry-After"] = str(refusal.extra["retry_after"])
        return response
    except (OperationalError, InterfaceError):
        return not_yet("We cannot look it up at the moment. Nothing is lost: try once more.", request.get_full_path())


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
    network, token = request.POST.get("network", ""), request.POST.get("token", "")
    if not (browser.is_known and constant_time_compare(token, browser.form_token(link.digest))):
        return shown(link, browser, now, "cookie", 403)
    choice = next((one for one in link_words.choices(link, now) if one.network == network), None)
    if choice is None:
        return shown(link, browser, now, "not_offered", 400)
    if not choice.is_open:
        link.chosen = network
        return shown(link, browser, now, "closed", 503)
    state = secrets.token_urlsafe(32)
    if not link.send_out(browser.digest, network, state, now):
        link.refresh_from_db()
        return ended(link, link.standing(browser.digest, now))
    adapter = ADAPTERS[network]
    scopes = scopes_for(adapter, request.POST.getlist("allow"))
    url = authorize_url(adapter, browser, state=state, back=redirect_uri(adapter, request), scopes=scopes)
    return gone_to(url, browser)


@guarded
def callback(request: HttpRequest, network: str) -> HttpResponse:
    """Where a provider sends the browser back to, with an answer to the question that this browser asked."""
    if network not in Network.values:
        return told("There is no such page", "Go back to the app.", 404)
    if request.method == "POST":  # a form that a provider has posted comes without our cookie, and its repeat with it
        return gone_to(f"{request.path}?{urlencode(_answer(request.POST))}")
    if request.method != "GET":
        return told("That cannot be done here", "Open the link in a browser.", 405)
    browser, answer = Browser.of(request), _answer(request.GET)
    asked = {"state": answer.get("state", ""), "browser": browser.digest, "network": network}
    link = ConnectLink.objects.asking(**asked, now=timezone.now())
    if link is None:
        return stray(browser)
    try:
        record = settle(link, answer, browser, redirect_uri(ADAPTERS[network], request))
    except Trouble as trouble:
        return troubled(request, link, browser, trouble)
    return gone_to(back_to_app(link, success(network, record)) or page_of(browser))


def stray(browser: Browser) -> HttpResponse:
    """An answer that nobody waits for: forged, asked for in another browser, late, or one that had its effect."""
    link = ConnectLink.objects.of(browser.page) if browser.page else None
    if link and link.standing(browser.digest, timezone.now()) == Standing.DONE:
        return ended(link, Standing.DONE)
    why = "It was used before, came too late, or belongs to another browser. Nothing was connected."
    return told("Nobody waits for this answer", why, 400, page=page_of(browser) if link else "")


def troubled(request: HttpRequest, link: ConnectLink, browser: Browser, trouble: Trouble) -> HttpResponse:
    """Lead back to the page, which says what to do; if the same answer may be good in a while it can be sent again."""
    page = page_of(browser) if digest(browser.page) == link.digest else ""
    sentence = sentence_of(trouble.name, link)
    if trouble.passes:
        return not_yet(sentence, request.get_full_path(), page)
    link.tell(trouble.name)
    return gone_to(page) if page else told("That did not work", sentence, 400)


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


@guarded
def brand_sheet(request: HttpRequest) -> HttpResponse:
    """The platform's colour: a style sheet, as the pages allow no style in themselves."""
    return HttpResponse(stylesheet(), content_type="text/css; charset=utf-8")
