import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('social_auth', '0014_mail'),
    ]

    operations = [
        migrations.AddField(
            model_name='asset',
            name='identity_keys',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), db_default=models.Value([], django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)), default=list, editable=False, size=None),
        ),
    ]
