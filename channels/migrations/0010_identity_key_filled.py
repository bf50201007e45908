import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations

from connect import filled_identity_keys


def fill(apps, schema_editor):
    filled_identity_keys.fill(apps.get_model("channels", "SocialChannel").objects)


def flag_doubles(apps, schema_editor):
    filled_identity_keys.flag_doubles(apps.get_model("channels", "SocialChannel"))


class Migration(migrations.Migration):
    """Each row's keys, in bounded batches, and the index that finds them in place of those of ids and URLs."""

    atomic = False

    dependencies = [('channels', '0009_identity_key')]

    operations = [
        # a big table takes longer than a request may
        migrations.RunSQL("SET statement_timeout = 0; SET lock_timeout = 0", migrations.RunSQL.noop),
        migrations.RunPython(fill, migrations.RunPython.noop),
        AddIndexConcurrently(
            model_name='socialchannel',
            index=django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=['identity_keys'], name='socialchannel_identity'),
        ),
        RemoveIndexConcurrently(model_name='socialchannel', name='socialchannel_public_id'),
        RemoveIndexConcurrently(model_name='socialchannel', name='socialchannel_url'),
        migrations.RunPython(flag_doubles, migrations.RunPython.noop),
        migrations.RunSQL("RESET statement_timeout; RESET lock_timeout", migrations.RunSQL.noop),
    ]
