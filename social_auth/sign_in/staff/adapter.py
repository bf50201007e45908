"""Secrets of second factors at rest: in the vault, under the keys of the tokens."""

from functools import reduce
from operator import or_
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Q

from social_auth.credentials import vault

PLACE = "mfa_authenticator.data"
SECRETS = ("secret", "seed")
"""What allauth keeps encrypted of a TOTP device and of recovery codes."""


class MFAAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return vault.encrypt(text, bound_to=PLACE)

    def decrypt(self, encrypted_text: str) -> str:
        return vault.decrypt(encrypted_text, bound_to=PLACE)


def under_old_keys() -> list[int]:
    """Ids of authenticators with a secret that the newest key does not open."""
    rows = Authenticator.objects.filter(data__has_any_keys=SECRETS).values_list("pk", "data").iterator()
    return [pk for pk, data in rows if _old(data)]


@transaction.atomic
def reseal(pk: int) -> int:
    """Encrypt one authenticator anew; return 0 if that was done or it is gone. Raises `vault.Undecipherable`."""
    row = Authenticator.objects.select_for_update().filter(pk=pk).first()
    if row is None or not (old := _old(row.data)):
        return 0
    row.data |= {name: vault.encrypt(vault.decrypt(text, bound_to=PLACE), bound_to=PLACE) for name, text in old.items()}
    row.save(update_fields=["data"])
    return 1


def any_under(key_ids: set[str]) -> bool:
    """Whether a second factor needs one of these keys."""
    texts = (Q(**{f"data__{name}__startswith": f"{key_id}:"}) for name in SECRETS for key_id in key_ids)
    return bool(key_ids) and bool(Authenticator.objects.filter(reduce(or_, texts)).exists())


def _old(data: dict[str, Any]) -> dict[str, str]:
    newest = f"{vault.newest_key()}:"
    return {name: text for name in SECRETS if (text := data.get(name)) and not text.startswith(newest)}
