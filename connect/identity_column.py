from typing import Any

from django.contrib.postgres.fields import ArrayField

from connect.identity_keys import identity_keys


class IdentityKeysField(ArrayField):
    """The keys of the account that a record is about; those of a new row follow from its id and URL.

    Whoever changes either of them later, or knows more names, writes the keys with it.
    """

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        keys = getattr(model_instance, self.attname)
        if add and not keys:
            keys = identity_keys(model_instance.network, [model_instance.external_id, model_instance.url])
            setattr(model_instance, self.attname, keys)
        return keys
