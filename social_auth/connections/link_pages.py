"""The pages of a link. A GET changes nothing, as mail scanners and previews open links, too; a tap is a POST."""

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
from social_auth.connections.link_callbacks import Trouble, settle
from social_auth.connections.link_screens import back_to_app, ended, message_page, not_yet, sentence_of, shown, success
from social_auth.connections.models import ConnectLink, Standing, digest
from social_auth.providers.adapters import ADAPTERS

ANSWER = ("state", "code", "iss", "error")
"""The parameters of a provider's answer that we read."""
LONGEST = 4096
Page = Callable[..., HttpResponse]


def guarded(page: Page) -> Page:
    """Count the request, and keep other sites from framing the page, learning its URL, or reading it from a cache.

    Without Django's CSRF check, which needs a referrer: each form has a token derived from the browser's cookie.
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
    """Answer with a readable page, also for too many requests, or when the database is away."""
    try:
        if limit := limit_of("address"):
            limit.take(address_to_count(client_address(request)))
        return page(request, *args, **kwargs)
    except Throttled as refusal:
        response = message_page("Too many requests", "Wait a moment, and try once more.", 429)
        response["Retry-After"] = str(refusal.extra["retry_after"])
        return response
    except (OperationalError, InterfaceError):
        return not_yet("We cannot look it up at the moment. Nothing is lost: try once more.", request.get_full_path())


@guarded
def link_page(request: HttpRequest, secret: str) -> HttpResponse:
    """The page of a link: shown by GET, a choice made by POST."""
    browser, now = Browser.of(request), timezone.now()
    link = ConnectLink.objects.of(secret)
    if link is None:
        return message_page(
            "There is no such link", "Look whether it was copied as a whole, or ask for a new one.", 404
        )
    if (standing := link.standing(browser.digest, now)) != Standing.OPEN:
        return ended(link, standing)
    if request.method == "POST":
        return tapped(request, link, browser.at(secret), now)
    if request.method not in ("GET", "HEAD"):
        return message_page("That cannot be done here", "Open the link in a browser.", 405)
    return shown(link, browser, now, link.problem)


def tapped(request: HttpRequest, link: ConnectLink, browser: Browser, now: datetime) -> HttpResponse:
    """Send the browser to the chosen provider, and bind the link to this browser."""
    network, token = request.POST.get("network", ""), request.POST.get("token", "")
    if not (browser.is_known and constant_time_compare(token, browser.form_token(link.digest))):
        return shown(link, browser, now, "cookie", 403)
    choice = next((offered for offered in link_words.choices(link, now) if offered.network == network), None)
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
    """The redirect URI: a provider sends the browser here with its answer."""
    if network not in Network.values:
        return message_page("There is no such page", "Go back to the app.", 404)
    if request.method == "POST":  # a provider's form post comes without our cookie; the GET that we redirect to has it
        return gone_to(f"{request.path}?{urlencode(_answer(request.POST))}")
    if request.method != "GET":
        return message_page("That cannot be done here", "Open the link in a browser.", 405)
    browser, answer = Browser.of(request), _answer(request.GET)
    question = {"state": answer.get("state", ""), "browser": browser.digest, "network": network}
    link = ConnectLink.objects.asking(**question, now=timezone.now())
    if link is None:
        return stray(browser)
    try:
        record = settle(link, answer, browser, redirect_uri(ADAPTERS[network], request))
    except Trouble as trouble:
        return troubled(request, link, browser, trouble)
    return gone_to(back_to_app(link, success(network, record)) or page_of(browser))


def stray(browser: Browser) -> HttpResponse:
    """An answer that no link waits for: forged, from another browser, late, or used before."""
    link = ConnectLink.objects.of(browser.page) if browser.page else None
    if link and link.standing(browser.digest, timezone.now()) == Standing.DONE:
        return ended(link, Standing.DONE)
    why = "It was used before, came too late, or belongs to another browser. Nothing was connected."
    return message_page("Nobody waits for this answer", why, 400, page=page_of(browser) if link else "")


def troubled(request: HttpRequest, link: ConnectLink, browser: Browser, trouble: Trouble) -> HttpResponse:
    """Lead back to the page, which says what to do; if the trouble passes, offer to send the same answer again."""
    page = page_of(browser) if digest(browser.page) == link.digest else ""
    sentence = sentence_of(trouble.name, link)
    if trouble.passes:
        return not_yet(sentence, request.get_full_path(), page)
    link.store_problem(trouble.name)
    return gone_to(page) if page else message_page("That did not work", sentence, 400)


def page_of(browser: Browser) -> str:
    return reverse("connect-link", args=[browser.page])


def gone_to(url: str, browser: Browser | None = None) -> HttpResponse:
    """Redirect to a URL of ours, of a provider, or of CONNECT_RETURN_URLS; Django's own class refuses apps' schemes."""
    response = HttpResponse(status=303, headers={"Location": url})
    if browser:
        browser.keep(response)
    return response


def _answer(params: Mapping[str, str]) -> dict[str, str]:
    return {name: params[name] for name in ANSWER if 0 < len(params.get(name, "")) <= LONGEST}


@guarded
def brand_sheet(request: HttpRequest) -> HttpResponse:
    """The platform's colour as a style sheet, as the pages' content policy allows no inline style."""
    return HttpResponse(stylesheet(), content_type="text/css; charset=utf-8")
