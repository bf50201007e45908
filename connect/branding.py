"""The platform's name, colour and logo, for pages and mails."""

from urllib.parse import urlsplit

from django.conf import settings

PAPER, INK = (255, 255, 255), (17, 19, 24)


def name() -> str:
    return str(settings.CONNECT_BRAND["name"])


def colours() -> tuple[str, str]:
    """The platform's colour, and black or white, whichever is easier to read on it."""
    colour = str(settings.CONNECT_BRAND["colour"])
    on = "#fff" if contrast(_parts(colour), PAPER) >= contrast(_parts(colour), INK) else "#111318"
    return colour, on


def stylesheet() -> str:
    """The colours as a style sheet, for pages whose content policy allows no inline style."""
    colour, on = colours()
    return f":root{{--brand:{colour};--on-brand:{on}}}\n"


def logo_source() -> str:
    """The logo's origin for a content policy; empty if we serve it ourselves."""
    logo = urlsplit(settings.CONNECT_BRAND["logo"])
    return f"{logo.scheme}://{logo.netloc}" if logo.netloc else ""


def contrast(first: tuple[int, ...], second: tuple[int, ...]) -> float:
    """The contrast ratio of WCAG 2."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _parts(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[start : start + 2], 16) for start in (1, 3, 5))


def _luminance(colour: tuple[int, ...]) -> float:
    parts = [part / 255 for part in colour]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
