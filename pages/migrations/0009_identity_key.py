from django.db import migrations, models

import connect.identity_column


class Migration(migrations.Migration):

    dependencies = [
        ('pages', '0008_due_work'),
    ]

    operations = [
        migrations.AddField(
            model_name='socialpage',
            name='identity_key',
            field=connect.identity_column.IdentityKeyField(db_default='', default='', editable=False),
        ),
        migrations.AddField(
            model_name='socialpage',
            name='other_identity_key',
            field=models.TextField(db_default='', default='', editable=False),
        ),
    ]
