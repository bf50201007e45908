"""Lets a rotation of the vault's keys find and reseal the secrets of second factors."""

from collections.abc import Collection, Iterable
from functools import reduce
from operator import or_
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Q

from social_auth.credentials import vault

PLACE = "mfa_authenticator.data"
SECRETS = ("secret", "seed")
"""The encrypted values of a TOTP device and of recovery codes."""


class SecondFactors:
    name = "second_factor"

    def count_under(self, key_ids: Collection[str]) -> int:
        texts = [Q(**{f"data__{name}__startswith": f"{key_id}:"}) for name in SECRETS for key_id in key_ids]
        return Authenticator.objects.filter(reduce(or_, texts)).count() if texts else 0

    def under_old_keys(self) -> Iterable[Any]:
        rows = Authenticator.objects.filter(data__has_any_keys=SECRETS).values_list("pk", "data").iterator()
        return [pk for pk, data in rows if _old(data)]

    @transaction.atomic
    def reseal(self, pk: Any) -> int:
        row = Authenticator.objects.select_for_update().filter(pk=pk).first()
        if row is None or not (old := _old(row.data)):
            return 0
        row.data |= {name: _reseal(text) for name, text in old.items()}
        row.save(update_fields=["data"])
        return 1


def _reseal(text: str) -> str:
    return vault.encrypt(vault.decrypt(text, bound_to=PLACE), bound_to=PLACE)


def _old(data: dict[str, Any]) -> dict[str, str]:
    newest = f"{vault.newest_key()}:"
    return {name: text for name in SECRETS if (text := data.get(name)) and not text.startswith(newest)}
