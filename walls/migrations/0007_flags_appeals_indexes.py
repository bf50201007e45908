import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [('walls', '0006_flags_appeals_events')]

    operations = [
        # a big table takes longer than a request may
        migrations.RunSQL("SET statement_timeout = 0; SET lock_timeout = 0", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name='socialwall',
            index=django.contrib.postgres.indexes.HashIndex(fields=['url'], name='socialwall_url'),
        ),
        AddIndexConcurrently(
            model_name='socialwall',
            index=models.Index(condition=models.Q(('flagged_at__isnull', False), ('status', 'accepted')), fields=['flagged_at'], name='socialwall_flagged'),
        ),
        AddIndexConcurrently(
            model_name='socialwall',
            index=models.Index(condition=models.Q(('appeal_open', True)), fields=['appealed_at'], name='socialwall_appealed'),
        ),
        migrations.RunSQL("RESET statement_timeout; RESET lock_timeout", migrations.RunSQL.noop),
    ]
