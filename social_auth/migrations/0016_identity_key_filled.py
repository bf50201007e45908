from django.db import migrations

from connect.filled_identity_keys import fill


def names_of_asset(asset):
    return asset.network.network, [asset.provider_uid, *asset.names, asset.url]


def fill_assets(apps, schema_editor):
    fill(apps.get_model("social_auth", "Asset").objects.select_related("network"), names_of_asset)


class Migration(migrations.Migration):
    """Each asset's keys, in bounded batches."""

    atomic = False

    dependencies = [('social_auth', '0015_identity_key')]

    operations = [migrations.RunPython(fill_assets, migrations.RunPython.noop)]
