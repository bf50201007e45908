from django.db import migrations, models

NETWORKS = [
    ("instagram", "Instagram"), ("facebook", "Facebook"), ("twitter", "Twitter"), ("youtube", "YouTube"),
    ("tiktok", "TikTok"), ("linkedin", "LinkedIn"), ("pinterest", "Pinterest"),
]  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("social_auth", "0005_discovery_failures"), ("networks", "0005_engagement")]

    operations = [
        migrations.AlterModelOptions(name="networkpause", options={"verbose_name": "paused network"}),
        migrations.AddField(
            model_name="credential",
            name="provider",
            field=models.CharField(choices=NETWORKS, default="", editable=False, max_length=16),
            preserve_default=False,
        ),
        migrations.RunSQL(
            "UPDATE social_auth_credential c SET provider = n.network FROM networks_socialnetwork n"
            " WHERE n.id = c.network_id",
            migrations.RunSQL.noop,
        ),
        migrations.RemoveIndex(model_name="credential", name="credential_ends"),
        migrations.AddIndex(
            model_name="credential",
            index=models.Index(fields=["provider", "expires_at"], name="credential_ends"),
        ),
        migrations.AddIndex(
            model_name="credential",
            index=models.Index(
                fields=["provider", "obtained_at"],
                condition=~models.Q(refresh_cipher=""),
                name="credential_obtained",
            ),
        ),
    ]
