from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pages', '0007_flags_appeals_indexes'),
    ]

    operations = [
        migrations.AddField(
            model_name='socialpage',
            name='failures',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='Attempts in a row that came to nothing, the one under way included'),
        ),
    ]
