"""The two columns in which a record stores its identity keys; no account needs more."""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import Q

from connect.identity.identity_keys import identity_keys, spellings


class IdentityKeyField(models.TextField):
    """The first identity key of a record. For a new row, it sets both columns from the row's id and URL.

    Code that changes id or URL later, or knows more names, must write both columns itself.
    """

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        if add and not model_instance.identity_key:
            keys = identity_keys(model_instance.network, [model_instance.external_id, model_instance.url])
            for name, key in key_columns(keys).items():
                setattr(model_instance, name, key)
        return model_instance.identity_key


def key_columns(keys: list[str]) -> dict[str, str]:
    """The columns of an account's first two keys."""
    first, second, *_ = [*keys, "", ""]
    return {"identity_key": first, "other_identity_key": second}


def same_account(network: str, keys: Iterable[str]) -> Q:
    """A condition for the records of the account that has one of these keys."""
    names = spellings(network, keys)
    return Q(network=network) & (Q(identity_key__in=names) | Q(other_identity_key__in=names))
