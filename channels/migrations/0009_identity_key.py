from django.db import migrations, models

import connect.identity_column


class Migration(migrations.Migration):

    dependencies = [
        ('channels', '0008_due_work'),
    ]

    operations = [
        migrations.AddField(
            model_name='socialchannel',
            name='identity_key',
            field=connect.identity_column.IdentityKeyField(db_default='', default='', editable=False),
        ),
        migrations.AddField(
            model_name='socialchannel',
            name='other_identity_key',
            field=models.TextField(db_default='', default='', editable=False),
        ),
    ]
