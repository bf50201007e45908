"""The roles of the staff, also after a transactional test has emptied the tables."""

from importlib import import_module
from types import SimpleNamespace

from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection

ROLES = ("Moderator", "Lead", "Ops", "Auditor")


def role(name):
    if not Group.objects.filter(name=name).exists():
        migration = import_module("social_auth.sign_in.migrations.0001_initial")
        migration.make_roles(apps, SimpleNamespace(connection=connection))
    return Group.objects.get(name=name)
