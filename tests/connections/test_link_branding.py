"""The connect page as a platform's own: what an operator may set, and what is refused at the start."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import environment
from connect.branding import contrast, stylesheet
from tests.support.links import Browser, a_link

pytestmark = pytest.mark.django_db
LOGO = "https://static.example.com/logo.svg"


@pytest.fixture
def brand(settings):
    def brand(**told):
        settings.CONNECT_BRAND = {**settings.CONNECT_BRAND, **told}

    return brand


def test_name_logo_and_links(alice, brand):
    brand(name="Maya & Co", logo=LOGO, terms_url="https://example.com/terms", privacy_url="/privacy")

    answer = Browser().open(a_link(alice))

    page = answer.content.decode()
    assert f'<img src="{LOGO}" alt="Maya &amp; Co"' in page
    assert 'href="https://example.com/terms"' in page
    assert 'href="/privacy"' in page
    assert "img-src 'self' data: https://static.example.com;" in answer["Content-Security-Policy"]


def test_without_a_logo_nothing_comes_from_elsewhere(alice):
    answer = Browser().open(a_link(alice))

    assert "img-src 'self' data:;" in answer["Content-Security-Policy"]
    assert b"https://" not in answer.content


@pytest.mark.parametrize(
    ("colour", "on"),
    [("#ffffff", "#111318"), ("#000000", "#fff"), ("#2a4fd0", "#fff"), ("#ffd400", "#111318"), ("#777777", "#fff")],
)
def test_what_is_on_the_colour_can_be_read(brand, client, colour, on):
    brand(colour=colour)

    answer = client.get("/connect/brand.css")

    assert answer["Content-Type"] == "text/css; charset=utf-8"
    assert answer.content.decode() == f":root{{--brand:{colour};--on-brand:{on}}}\n" == stylesheet()


def test_contrast_is_as_wcag_defines_it():
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((255, 255, 255), (119, 119, 119)) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(
    ("read", "wrong"),
    [
        (environment.public_url, "connect.example.com"),
        (environment.public_url, "https://user@connect.example.com"),
        (environment.public_url, "https://connect.example.com/path"),
        (environment.public_url, "ftp://connect.example.com"),
        (lambda text: environment.return_places([text]), "http://app.example.com"),
        (lambda text: environment.return_places([text]), "javascript:x"),
    ],
)
def test_a_wrong_address_stops_the_start(read, wrong):
    with pytest.raises(ImproperlyConfigured):
        read(wrong)


@pytest.mark.parametrize(
    "wrong", ["http://example.com/x", "//example.com/x", "javascript:x", "https://example.com/';x"]
)
def test_so_does_a_wrong_logo(monkeypatch, wrong):
    monkeypatch.setenv("CONNECT_BRAND_LOGO", wrong)

    with pytest.raises(ImproperlyConfigured):
        environment.web_address("CONNECT_BRAND_LOGO")


@pytest.mark.parametrize("wrong", ["red", "#fff", "#2a4fd0;}", "#2a4fd", "2a4fd0"])
def test_and_a_wrong_colour(monkeypatch, wrong):
    monkeypatch.setenv("CONNECT_BRAND_COLOUR", wrong)

    with pytest.raises(ImproperlyConfigured):
        environment.colour("CONNECT_BRAND_COLOUR", "#000000")


def test_what_is_right_is_taken(monkeypatch):
    monkeypatch.setenv("CONNECT_BRAND_LOGO", LOGO)

    assert environment.web_address("CONNECT_BRAND_LOGO") == LOGO
    assert environment.web_address("CONNECT_BRAND_TERMS_URL") == ""
    assert environment.public_url("https://connect.example.com/") == "https://connect.example.com"
