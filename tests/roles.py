"""The roles of the staff, also after a transactional test has emptied the tables."""

from importlib import import_module
from types import SimpleNamespace

from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection

ROLES = ("Moderator", "Lead", "Ops", "Auditor")
MAKERS = {"0007_roles": "make_roles", "0009_ops_webhooks": "let_ops_manage_webhooks"}


def role(name):
    if not Group.objects.filter(name=name).exists():
        for module, make in MAKERS.items():
            getattr(import_module(f"social_auth.migrations.{module}"), make)(
                apps, SimpleNamespace(connection=connection)
            )
    return Group.objects.get(name=name)
