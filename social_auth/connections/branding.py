"""The content security policy of a link's pages."""

from urllib.parse import urlsplit

from django.conf import settings

from connect import public_pages


def content_policy() -> str:
    """Allow what all public pages may load. Their forms may also lead to a provider, and from there back to the app.

    Browsers apply `form-action` to each redirect that follows a form, too.
    """
    stand_in = urlsplit(settings.CONNECT_PROVIDER_PROXY)
    apps = {f" {place.scheme}:" for place in settings.CONNECT_RETURN_URLS if place.scheme != "https"}
    sandbox = f" {stand_in.scheme}://{stand_in.netloc}" if stand_in.netloc else ""
    return public_pages.content_policy(f"'self' https:{''.join(sorted(apps))}{sandbox}")
