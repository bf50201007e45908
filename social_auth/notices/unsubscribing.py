"""Unsubscribes from a kind of mail: by a signed link that needs no sign-in and never expires (RFC 8058)."""

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import timezone

from connect.models import User
from social_auth.notices.news import GROUPS
from social_auth.notices.outbox import Group, Mail, NoticePreference

SALT = "notices.unsubscribe"


def unsubscribe_url(mail: Mail) -> str:
    """The link that unsubscribes from mails of this kind; empty for mails that cannot be switched off."""
    group = GROUPS.get(mail.subject)
    if group is None:
        return ""
    token = signing.dumps([mail.user_id, group.value], salt=SALT)
    return f"{settings.CONNECT_PUBLIC_URL or settings.LOCAL_URL}{reverse('unsubscribe', args=[token])}"


def read(token: str) -> tuple[int, Group]:
    """The user and the kind of mail of a link; raises signing.BadSignature."""
    user_id, group = signing.loads(token, salt=SALT)
    if group not in Group.values:
        raise signing.BadSignature("of a kind that there is no more")
    return user_id, Group(group)


def unsubscribe(user_id: int, group: Group) -> None:
    """Switch that kind of mail off; does nothing if the account is gone."""
    if User.objects.filter(pk=user_id, is_active=True).exists():
        NoticePreference.write(user_id, {group: False}, timezone.now())
