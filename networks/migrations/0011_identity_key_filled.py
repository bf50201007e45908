from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

from connect import filled_identity_keys


def fill(apps, schema_editor):
    filled_identity_keys.fill(apps.get_model("networks", "SocialNetwork").objects)


def flag_doubles(apps, schema_editor):
    filled_identity_keys.flag_doubles(apps.get_model("networks", "SocialNetwork"))


class Migration(migrations.Migration):
    """Each row's keys, in bounded batches, and the indexes that find them in place of those of ids and URLs."""

    atomic = False

    dependencies = [('networks', '0010_identity_key')]

    operations = [
        # a big table takes longer than a request may
        migrations.RunSQL("SET statement_timeout = 0; SET lock_timeout = 0", migrations.RunSQL.noop),
        migrations.RunPython(fill, migrations.RunPython.noop),
        AddIndexConcurrently(
            model_name='socialnetwork',
            index=models.Index(fields=['network', 'identity_key'], name='socialnetwork_identity'),
        ),
        AddIndexConcurrently(
            model_name='socialnetwork',
            index=models.Index(condition=models.Q(('other_identity_key', ''), _negated=True), fields=['network', 'other_identity_key'], name='socialnetwork_identity_2'),
        ),
        RemoveIndexConcurrently(model_name='socialnetwork', name='socialnetwork_public_id'),
        RemoveIndexConcurrently(model_name='socialnetwork', name='socialnetwork_url'),
        migrations.RunPython(flag_doubles, migrations.RunPython.noop),
        migrations.RunSQL("RESET statement_timeout; RESET lock_timeout", migrations.RunSQL.noop),
    ]
