"""System checks of the configured keys."""

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
    """Find a malformed key before anything is sealed or hashed with it."""
    errors = []
    for name in ("CONNECT_TOKEN_KEYS", "CONNECT_IDENTITY_KEYS"):
        try:
            read_keys(name, getattr(settings, name))
        except ImproperlyConfigured as error:
            errors.append(Error(str(error), id="connect.E002"))
    return errors


@register(Tags.database)
def keys_are_those_of_the_database(app_configs: Any, databases: Any = None, **_: Any) -> list[Error]:
    """For `manage.py check --database default`: find keys with which a process would refuse to start."""
    try:
        if databases:
            key_checks.check_keys()
            check_identity_keys()
    except WrongKey as error:
        return [Error(str(error), id="connect.E003")]
    except ProgrammingError:  # not migrated yet: `migrate` runs the checks, too
        return []
    return []
