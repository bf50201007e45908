"""How the pages of a link look like the platform's own, and what a browser may load into them."""

from urllib.parse import urlsplit

from django.conf import settings

PAPER, INK = (255, 255, 255), (17, 19, 24)


def stylesheet() -> str:
    """The platform's colour, and the one of black and white that can be read on it."""
    colour = settings.CONNECT_BRAND["colour"]
    on = "#fff" if contrast(_parts(colour), PAPER) >= contrast(_parts(colour), INK) else "#111318"
    return f":root{{--brand:{colour};--on-brand:{on}}}\n"


def content_policy() -> str:
    """Nothing but our own style sheets and the logo; no script at all, no frame around it.

    A form leads to the provider, and by way of it back to the app: browsers apply `form-action` to all of that.
    """
    logo, stand_in = urlsplit(settings.CONNECT_BRAND["logo"]), urlsplit(settings.CONNECT_PROVIDER_PROXY)
    images = f" {logo.scheme}://{logo.netloc}" if logo.netloc else ""
    apps = {f" {place.scheme}:" for place in settings.CONNECT_RETURN_URLS if place.scheme != "https"}
    sandbox = f" {stand_in.scheme}://{stand_in.netloc}" if stand_in.netloc else ""
    return (
        f"default-src 'none'; style-src 'self'; img-src 'self'{images}; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' https:{''.join(sorted(apps))}{sandbox}"
    )


def contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """As WCAG 2 defines it."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _parts(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


def _luminance(colour: tuple[int, ...]) -> float:
    parts = [part / 255 for part in colour]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
