from django.db import migrations

PERMISSIONS = [
    *(f"{verb}_webhookendpoint" for verb in ("view", "add", "change", "delete")),
    "view_webhookdelivery",
]


def let_ops_manage_webhooks(apps, schema_editor):
    """Permissions are made when migrating ends; these are needed now."""
    from django.apps import apps as installed
    from django.contrib.auth.management import create_permissions

    config = installed.get_app_config("social_auth")
    create_permissions(config, verbosity=0, using=schema_editor.connection.alias)
    ops = apps.get_model("auth", "Group").objects.get(name="Ops")
    found = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="social_auth")
    ops.permissions.add(*found.filter(codename__in=PERMISSIONS))


class Migration(migrations.Migration):
    dependencies = [("social_auth", "0008_webhooks_and_erasure"), ("social_auth", "0007_roles")]

    operations = [migrations.RunPython(let_ops_manage_webhooks, migrations.RunPython.noop)]
