"""What a mail says: one plain text from its templates, and the same as HTML, so that the two cannot differ."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.utils import DNS_NAME
from django.template.loader import render_to_string

from connect import branding
from social_auth.notices.outbox import Letter, Mail

BUTTON = re.compile(r"([^:\n]{1,40}): (\S+)")
"""A paragraph that is a link and what it does, and nothing else."""
CODE = re.compile(r"[A-Z0-9]{3,8}(-[A-Z0-9]{3,8})?")
"""A paragraph that is a code to be typed."""
UNSEEN = re.compile(r"[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
"""Control characters, and those that turn text around: in a name they could make a mail say what we did not write."""


@dataclass(frozen=True)
class Footer:
    """What stands under a mail: why it came, and how to get no more of its kind, if that can be."""

    about: str = ""
    unsubscribe: str = ""


NOTHING = Footer()


def plain(text: Any, most: int = 80) -> str:
    """What somebody typed or a provider says, in one line that cannot pass for ours."""
    line = " ".join(UNSEEN.sub(" ", str(text)).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def written(name: str, to: str, told: dict[str, Any], *, links: Iterable[str] = (), footer: Footer = NOTHING) -> Letter:
    """A letter by the templates of that name. Only `links` become buttons, whatever else looks like one."""
    told = {**told, "brand": branding.name(), "app": settings.APP_URL}
    subject = " ".join(render_to_string(f"notices/mail/{name}_subject.txt", told).split())
    text = render_to_string(f"notices/mail/{name}_message.txt", told).strip()
    return in_both_forms(
        to, f"[{branding.name()}] {subject}", text, links={*links, settings.APP_URL}, footer=footer or Footer()
    )


def in_both_forms(to: str, subject: str, text: str, *, links: Iterable[str] = (), footer: Footer = NOTHING) -> Letter:
    colour, on_colour = branding.colours()
    told = {"brand": branding.name(), "subject": subject, "footer": footer, "text": text}
    colours = {"colour": colour, "on_colour": on_colour}
    paragraphs = [_paragraph(part.strip(), links) for part in re.split(r"\n\s*\n", text) if part.strip()]
    html = render_to_string("notices/mail/base.html", {**told, **colours, "paragraphs": paragraphs})
    return Letter(to=to, subject=subject, text=render_to_string("notices/mail/base.txt", told), html=html)


def _paragraph(text: str, links: Iterable[str]) -> dict[str, str]:
    if (found := BUTTON.fullmatch(text)) and found[2] in links:
        return {"button": found[1], "url": found[2]}
    return {"code": text} if CODE.fullmatch(text) else {"text": text}


def message_of(letter: Letter, mail: Mail, unsubscribe: str = "") -> EmailMultiAlternatives:
    """The letter as it goes out. Its id is the mail's: who gets it twice, as a crash may have it, can tell."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or DNS_NAME.get_fqdn()
    headers = {
        "Message-ID": f"<mail-{mail.pk}.{mail.happened_at:%Y%m%d%H%M%S%f}@{domain}>",
        "Auto-Submitted": "auto-generated",
    }
    if unsubscribe:  # RFC 8058: one click, in the mail program
        headers |= {"List-Unsubscribe": f"<{unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    message = EmailMultiAlternatives(letter.subject, letter.text, to=[letter.to], headers=headers)
    message.attach_alternative(letter.html, "text/html")
    return message
