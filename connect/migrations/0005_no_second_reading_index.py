import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """The constraint's own index begins with the same column."""

    atomic = False

    dependencies = [
        ("connect", "0004_open_claims"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS connect_followerreading_content_type_id_4e01cc6c")],
            [
                migrations.AlterField(
                    "followerreading",
                    "content_type",
                    models.ForeignKey(
                        "contenttypes.contenttype", on_delete=django.db.models.deletion.CASCADE, db_index=False
                    ),
                ),
            ],
        ),
    ]
