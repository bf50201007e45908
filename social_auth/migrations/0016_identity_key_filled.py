from django.db import migrations

from connect import filled_identity_keys


def fill_assets(apps, schema_editor):
    filled_identity_keys.fill_assets(apps.get_model("social_auth", "Asset").objects)


class Migration(migrations.Migration):
    """Each asset's keys, in bounded batches."""

    atomic = False

    dependencies = [('social_auth', '0015_identity_key')]

    operations = [migrations.RunPython(fill_assets, migrations.RunPython.noop)]
