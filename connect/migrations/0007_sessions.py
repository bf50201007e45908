from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.serializers import JSONSerializer
from django.core import signing
from django.db import migrations, models

SALT = "django.contrib.sessions.SessionStore"
AT_ONCE = 1000


def move(apps: Any, schema_editor: Any) -> None:
    """Everybody stays signed in; what cannot be read signs nobody in and is left behind."""
    old, new = apps.get_model("sessions", "Session"), apps.get_model("connect", "Session")
    rows, found = old.objects.order_by("pk"), []
    for row in rows.iterator(AT_ONCE):
        try:
            told = signing.loads(row.session_data, salt=SALT, serializer=JSONSerializer)
        except signing.BadSignature:
            continue
        found.append(
            new(
                session_key=row.session_key,
                session_data=row.session_data,
                expire_date=row.expire_date,
                user_id=told.get(SESSION_KEY),
            )
        )
    new.objects.bulk_create(found, batch_size=AT_ONCE, ignore_conflicts=True)
    rows.delete()


class Migration(migrations.Migration):
    dependencies = [
        ("connect", "0006_idempotency"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Session",
            fields=[
                (
                    "session_key",
                    models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name="session key"),
                ),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                ("user_id", models.BigIntegerField(db_index=True, null=True)),
            ],
            options={
                "verbose_name": "session",
                "verbose_name_plural": "sessions",
                "db_table": "connect_session",
                "abstract": False,
            },
        ),
        migrations.RunPython(move, migrations.RunPython.noop),
    ]
