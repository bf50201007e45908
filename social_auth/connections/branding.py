"""The content security policy of a link's pages."""

from urllib.parse import urlsplit

from django.conf import settings

from connect.branding import logo_source


def content_policy() -> str:
    """Allow our own style sheets and the logo, and no script and no frame.

    A form leads to the provider and from there back to the app: browsers apply `form-action` to all of these.
    """
    stand_in = urlsplit(settings.CONNECT_PROVIDER_PROXY)
    images = f" {logo_source()}".rstrip()
    apps = {f" {place.scheme}:" for place in settings.CONNECT_RETURN_URLS if place.scheme != "https"}
    sandbox = f" {stand_in.scheme}://{stand_in.netloc}" if stand_in.netloc else ""
    return (
        f"default-src 'none'; style-src 'self'; img-src 'self'{images}; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' https:{''.join(sorted(apps))}{sandbox}"
    )
