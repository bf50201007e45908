"""The text of a mail: plain text from its templates, and HTML made from that text, so that the two cannot differ."""

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
"""A paragraph that consists of a label and a link."""
CODE = re.compile(r"[A-Z0-9]{3,8}(-[A-Z0-9]{3,8})?")
"""A paragraph that consists of a code."""
UNSEEN = re.compile(r"[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
"""Control characters, and those that reverse text: a name with them could change what the mail seems to say."""


@dataclass(frozen=True)
class Footer:
    """The footer of a mail: why it was sent, and how to unsubscribe, if that is possible."""

    about: str = ""
    unsubscribe: str = ""


NOTHING = Footer()


def plain(text: Any, most: int = 80) -> str:
    """Put a text by a person or provider on one line, without characters that could pass for our own text."""
    line = " ".join(UNSEEN.sub(" ", str(text)).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def render_letter(
    name: str, to: str, context: dict[str, Any], *, links: Iterable[str] = (), footer: Footer = NOTHING
) -> Letter:
    """A letter from the templates of that name. Only `links` become buttons, even if other text looks like one."""
    context = {**context, "brand": branding.name(), "app": settings.APP_URL}
    subject = " ".join(render_to_string(f"notices/mail/{name}_subject.txt", context).split())
    text = render_to_string(f"notices/mail/{name}_message.txt", context).strip()
    return letter_in_text_and_html(
        to, f"[{branding.name()}] {subject}", text, links={*links, settings.APP_URL}, footer=footer or Footer()
    )


def letter_in_text_and_html(
    to: str, subject: str, text: str, *, links: Iterable[str] = (), footer: Footer = NOTHING
) -> Letter:
    colour, on_colour = branding.colours()
    context = {"brand": branding.name(), "subject": subject, "footer": footer, "text": text}
    colours = {"colour": colour, "on_colour": on_colour}
    paragraphs = [_paragraph(part.strip(), links) for part in re.split(r"\n\s*\n", text) if part.strip()]
    html = render_to_string("notices/mail/base.html", {**context, **colours, "paragraphs": paragraphs})
    return Letter(to=to, subject=subject, text=render_to_string("notices/mail/base.txt", context), html=html)


def _paragraph(text: str, links: Iterable[str]) -> dict[str, str]:
    if (match := BUTTON.fullmatch(text)) and match[2] in links:
        return {"button": match[1], "url": match[2]}
    return {"code": text} if CODE.fullmatch(text) else {"text": text}


def message_of(letter: Letter, mail: Mail, unsubscribe: str = "") -> EmailMultiAlternatives:
    """The message to send. Its Message-ID is made from the mail's id: if a crash sends it twice, clients can tell."""
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
