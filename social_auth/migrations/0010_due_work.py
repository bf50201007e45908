import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connect', '0006_idempotency'),
        ('networks', '0009_due_work'),
        ('social_auth', '0009_ops_webhooks'),
    ]

    operations = [
        migrations.CreateModel(
            name='Engagement',
            fields=[
                ('claimed_at', models.DateTimeField(blank=True, help_text='When a worker last took it', null=True)),
                ('lease_token', models.BigIntegerField(default=0)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('failures', models.PositiveSmallIntegerField(db_default=0, default=0, help_text='Attempts in a row that came to nothing, the one under way included')),
                ('due_at', models.DateTimeField(blank=True, help_text='When it is to be done next; empty is not at all', null=True)),
                ('network', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='engagement', serialize=False, to='networks.socialnetwork')),
                ('provider', models.CharField(choices=[('instagram', 'Instagram'), ('facebook', 'Facebook'), ('twitter', 'Twitter'), ('youtube', 'YouTube'), ('tiktok', 'TikTok'), ('linkedin', 'LinkedIn'), ('pinterest', 'Pinterest')], editable=False, max_length=16)),
            ],
            options={
                'verbose_name_plural': 'engagement',
            },
        ),
        migrations.RemoveIndex(
            model_name='credential',
            name='credential_ends',
        ),
        migrations.RemoveIndex(
            model_name='credential',
            name='credential_obtained',
        ),
        migrations.RemoveIndex(
            model_name='discovery',
            name='discovery_due',
        ),
        migrations.RemoveIndex(
            model_name='revocation',
            name='revocation_due',
        ),
        migrations.RemoveField(
            model_name='credential',
            name='renewing_until',
        ),
        migrations.RemoveField(
            model_name='revocation',
            name='attempts',
        ),
        migrations.RemoveField(
            model_name='revocation',
            name='next_attempt_at',
        ),
        migrations.RemoveField(
            model_name='webhookdelivery',
            name='attempts',
        ),
        migrations.RemoveField(
            model_name='webhookdelivery',
            name='taken_at',
        ),
        migrations.AddField(
            model_name='credential',
            name='asked_at',
            field=models.DateTimeField(blank=True, editable=False, help_text='When a renewal was begun whose answer is not written yet', null=True),
        ),
        migrations.AddField(
            model_name='credential',
            name='claimed_at',
            field=models.DateTimeField(blank=True, help_text='When a worker last took it', null=True),
        ),
        migrations.AddField(
            model_name='credential',
            name='data_access_ends_at',
            field=models.DateTimeField(blank=True, help_text='When Meta stops telling us anything', null=True),
        ),
        migrations.AddField(
            model_name='credential',
            name='due_at',
            field=models.DateTimeField(blank=True, help_text='When it is to be done next; empty is not at all', null=True),
        ),
        migrations.AddField(
            model_name='credential',
            name='failures',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='Attempts in a row that came to nothing, the one under way included'),
        ),
        migrations.AddField(
            model_name='credential',
            name='grant_ends_at',
            field=models.DateTimeField(blank=True, help_text='The end of what renews it', null=True),
        ),
        migrations.AddField(
            model_name='credential',
            name='lease_token',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='credential',
            name='lease_until',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='credential',
            name='refused_at',
            field=models.DateTimeField(blank=True, help_text='When its provider refused to renew it', null=True),
        ),
        migrations.AddField(
            model_name='credential',
            name='renewed_at',
            field=models.DateTimeField(blank=True, help_text='When it was last renewed, if by us', null=True),
        ),
        migrations.AddField(
            model_name='discovery',
            name='claimed_at',
            field=models.DateTimeField(blank=True, help_text='When a worker last took it', null=True),
        ),
        migrations.AddField(
            model_name='discovery',
            name='lease_token',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='discovery',
            name='lease_until',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='discovery',
            name='provider',
            field=models.CharField(choices=[('instagram', 'Instagram'), ('facebook', 'Facebook'), ('twitter', 'Twitter'), ('youtube', 'YouTube'), ('tiktok', 'TikTok'), ('linkedin', 'LinkedIn'), ('pinterest', 'Pinterest')], default='', editable=False, max_length=16),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='providerminute',
            name='lost',
            field=models.PositiveIntegerField(default=0, help_text='Renewals whose answer was lost before it was written'),
        ),
        migrations.AddField(
            model_name='revocation',
            name='claimed_at',
            field=models.DateTimeField(blank=True, help_text='When a worker last took it', null=True),
        ),
        migrations.AddField(
            model_name='revocation',
            name='due_at',
            field=models.DateTimeField(blank=True, help_text='When it is to be done next; empty is not at all', null=True),
        ),
        migrations.AddField(
            model_name='revocation',
            name='failures',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='Attempts in a row that came to nothing, the one under way included'),
        ),
        migrations.AddField(
            model_name='revocation',
            name='lease_token',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='revocation',
            name='lease_until',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='webhookdelivery',
            name='claimed_at',
            field=models.DateTimeField(blank=True, help_text='When a worker last took it', null=True),
        ),
        migrations.AddField(
            model_name='webhookdelivery',
            name='failures',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='Attempts in a row that came to nothing, the one under way included'),
        ),
        migrations.AddField(
            model_name='webhookdelivery',
            name='lease_token',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='webhookdelivery',
            name='lease_until',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name='credential',
            name='expires_at',
            field=models.DateTimeField(blank=True, help_text='The end of the access token', null=True),
        ),
        migrations.AlterField(
            model_name='discovery',
            name='due_at',
            field=models.DateTimeField(blank=True, help_text='When it is to be done next; empty is not at all', null=True),
        ),
        migrations.AlterField(
            model_name='discovery',
            name='failures',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='Attempts in a row that came to nothing, the one under way included'),
        ),
        migrations.AlterField(
            model_name='webhookdelivery',
            name='due_at',
            field=models.DateTimeField(blank=True, help_text='When it is to be done next; empty is not at all', null=True),
        ),
        migrations.AddIndex(
            model_name='credential',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['provider', 'due_at'], name='credential_due'),
        ),
        migrations.AddIndex(
            model_name='credential',
            index=models.Index(condition=models.Q(('lease_until__isnull', False)), fields=['provider'], name='credential_leased'),
        ),
        migrations.AddIndex(
            model_name='discovery',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['provider', 'due_at'], name='discovery_due'),
        ),
        migrations.AddIndex(
            model_name='discovery',
            index=models.Index(condition=models.Q(('lease_until__isnull', False)), fields=['provider'], name='discovery_leased'),
        ),
        migrations.AddIndex(
            model_name='revocation',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['provider', 'due_at'], name='revocation_due'),
        ),
        migrations.AddIndex(
            model_name='revocation',
            index=models.Index(condition=models.Q(('lease_until__isnull', False)), fields=['provider'], name='revocation_leased'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(condition=models.Q(('lease_until__isnull', False)), fields=['endpoint'], name='delivery_leased'),
        ),
        migrations.AddIndex(
            model_name='engagement',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['provider', 'due_at'], name='engagement_due'),
        ),
        migrations.AddIndex(
            model_name='engagement',
            index=models.Index(condition=models.Q(('lease_until__isnull', False)), fields=['provider'], name='engagement_leased'),
        ),
    ]
