from django.db import migrations

RECORDS = ("networks.socialnetwork", "pages.socialpage", "walls.socialwall", "channels.socialchannel")
VIEW = [name.replace(".", ".view_") for name in RECORDS]
# Mails look up whose address it is in any case; allauth's own index holds it as it is written.
ADDRESSES = "CREATE INDEX sign_in_address_in_any_case ON account_emailaddress (upper(email))"
ALL = ("view", "add", "change", "delete")
ROLES = {
    "Moderator": [*VIEW, "connect.decide"],
    "Lead": [*VIEW, "connect.decide", "connect.reinstate", *(f"connect.{verb}_decisionreason" for verb in ALL)],
    "Ops": [
        *VIEW,
        *(f"budgets.{verb}_networkpause" for verb in ALL),
        *(f"notices.{verb}_webhookendpoint" for verb in ALL),
        "notices.view_webhookdelivery",
    ],
    "Auditor": [*VIEW, "budgets.view_networkpause"],
}


def make_roles(apps, schema_editor):
    """Permissions are made when migrating ends; these are needed now."""
    from django.apps import apps as installed
    from django.contrib.auth.management import create_permissions

    labels = {permission.split(".")[0] for permissions in ROLES.values() for permission in permissions}
    for label in sorted(labels):
        create_permissions(installed.get_app_config(label), verbosity=0, using=schema_editor.connection.alias)
    permission_model = apps.get_model("auth", "Permission")
    for name, permissions in ROLES.items():
        role, _ = apps.get_model("auth", "Group").objects.get_or_create(name=name)
        for permission in permissions:
            label, codename = permission.split(".")
            role.permissions.add(permission_model.objects.get(content_type__app_label=label, codename=codename))


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("connect", "0001_initial"),
        ("networks", "0001_initial"),
        ("pages", "0001_initial"),
        ("walls", "0001_initial"),
        ("channels", "0001_initial"),
        ("budgets", "0001_initial"),
        ("notices", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.RunPython(make_roles, migrations.RunPython.noop),
        migrations.RunSQL(ADDRESSES, "DROP INDEX sign_in_address_in_any_case"),
    ]
