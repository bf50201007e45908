from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('networks', '0008_flags_appeals_indexes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='socialnetwork',
            name='engagement_due',
        ),
        migrations.RemoveField(
            model_name='socialnetwork',
            name='engagement_due_at',
        ),
        migrations.AddField(
            model_name='socialnetwork',
            name='expires_at',
            field=models.DateTimeField(blank=True, help_text='When the connection ends unless its owner connects again', null=True),
        ),
        migrations.AddField(
            model_name='socialnetwork',
            name='expires_what',
            field=models.CharField(blank=True, choices=[('access_token', 'The access token, which nothing renews'), ('grant', 'The refresh token'), ('data_access', 'What the person lets us read')], max_length=12),
        ),
        migrations.AddField(
            model_name='socialnetwork',
            name='failures',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='Attempts in a row that came to nothing, the one under way included'),
        ),
        migrations.AddIndex(
            model_name='socialnetwork',
            index=models.Index(condition=models.Q(('expires_at__isnull', False)), fields=['expires_at'], name='network_ends'),
        ),
    ]
