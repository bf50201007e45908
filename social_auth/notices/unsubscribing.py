"""The way out of a kind of mail: a signed link that opens without signing in and never ends (RFC 8058)."""

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import timezone

from connect.models import User
from social_auth.notices.news import GROUPS
from social_auth.notices.outbox import Group, Mail, NoticePreference

SALT = "notices.unsubscribe"


def unsubscribe_url(mail: Mail) -> str:
    """Where the person says that they want no more of that kind; empty for what nobody can switch off."""
    group = GROUPS.get(mail.subject)
    if group is None:
        return ""
    token = signing.dumps([mail.user_id, group.value], salt=SALT)
    return f"{settings.CONNECT_PUBLIC_URL or settings.LOCAL_URL}{reverse('unsubscribe', args=[token])}"


def read(token: str) -> tuple[int, Group]:
    """Whose link it is, and of which kind of mail; raises signing.BadSignature."""
    user_id, group = signing.loads(token, salt=SALT)
    if group not in Group.values:
        raise signing.BadSignature("of a kind that there is no more")
    return user_id, Group(group)


def unsubscribe(user_id: int, group: Group) -> None:
    """Switch that kind off; of an account that is gone there is nothing to switch."""
    if User.objects.filter(pk=user_id, is_active=True).exists():
        NoticePreference.write(user_id, {group: False}, timezone.now())
