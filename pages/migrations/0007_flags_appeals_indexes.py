import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [('pages', '0006_flags_appeals_events')]

    operations = [
        AddIndexConcurrently(
            model_name='socialpage',
            index=django.contrib.postgres.indexes.HashIndex(fields=['url'], name='socialpage_url'),
        ),
        AddIndexConcurrently(
            model_name='socialpage',
            index=models.Index(condition=models.Q(('flagged_at__isnull', False), ('status', 'accepted')), fields=['flagged_at'], name='socialpage_flagged'),
        ),
        AddIndexConcurrently(
            model_name='socialpage',
            index=models.Index(condition=models.Q(('appeal_open', True)), fields=['appealed_at'], name='socialpage_appealed'),
        ),
    ]
