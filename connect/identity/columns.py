"""Where a record keeps its identity keys: in two columns, which is as many as an account's names need."""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import Q

from connect.identity.identity_keys import identity_keys, spellings


class IdentityKeyField(models.TextField):
    """The first key of the account that a record is about; a new row's two follow from its id and URL.

    Whoever changes either of them later, or knows more names, writes both columns with it.
    """

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        if add and not model_instance.identity_key:
            keys = identity_keys(model_instance.network, [model_instance.external_id, model_instance.url])
            for name, key in key_columns(keys).items():
                setattr(model_instance, name, key)
        return model_instance.identity_key


def key_columns(keys: list[str]) -> dict[str, str]:
    """The columns of an account's first two keys."""
    first, other, *_ = [*keys, "", ""]
    return {"identity_key": first, "other_identity_key": other}


def same_account(network: str, keys: Iterable[str]) -> Q:
    """Which records are of an account that has one of these keys."""
    names = spellings(network, keys)
    return Q(network=network) & (Q(identity_key__in=names) | Q(other_identity_key__in=names))
