import django.contrib.postgres.fields
from django.db import migrations, models

import connect.identity_column


class Migration(migrations.Migration):

    dependencies = [
        ('walls', '0008_due_work'),
    ]

    operations = [
        migrations.AddField(
            model_name='socialwall',
            name='identity_keys',
            field=connect.identity_column.IdentityKeysField(base_field=models.TextField(), db_default=models.Value([], django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)), default=list, editable=False, size=None),
        ),
    ]
