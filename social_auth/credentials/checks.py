"""Keys that production must not start with."""

from typing import Any

from django.conf import settings
from django.core.checks import Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import ProgrammingError

from connect.identity.erased import check_identity_keys
from connect.secret_keys.keyring import WrongKey, read_keys
from social_auth.credentials import key_checks


@register(Tags.security)
def keys_can_be_read(app_configs: Any, **_: Any) -> list[Error]:
    """A key that is none is found before anything is to be sealed or hashed with it."""
    found = []
    for name in ("CONNECT_TOKEN_KEYS", "CONNECT_IDENTITY_KEYS"):
        try:
            read_keys(name, getattr(settings, name))
        except ImproperlyConfigured as error:
            found.append(Error(str(error), id="connect.E002"))
    return found


@register(Tags.database)
def keys_are_those_of_the_database(app_configs: Any, databases: Any = None, **_: Any) -> list[Error]:
    """For `manage.py check --database default`: what a process would refuse to start with."""
    try:
        if databases:
            key_checks.check_keys()
            check_identity_keys()
    except WrongKey as error:
        return [Error(str(error), id="connect.E003")]
    except ProgrammingError:  # not migrated yet: `migrate` asks, too
        return []
    return []
