from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.serializers import JSONSerializer
from django.core import signing
from django.db import migrations, transaction

SALT = "django.contrib.sessions.SessionStore"
AT_ONCE = 1000


def move(apps: Any, schema_editor: Any) -> None:
    """Everybody stays signed in; what cannot be read signs nobody in and is deleted. May be interrupted and run again."""
    old, new = apps.get_model("sessions", "Session"), apps.get_model("connect", "Session")
    while rows := list(old.objects.order_by("pk")[:AT_ONCE]):
        with transaction.atomic():
            new.objects.bulk_create([moved for row in rows if (moved := _moved(new, row))], ignore_conflicts=True)
            old.objects.filter(pk__in=[row.pk for row in rows]).delete()


def _moved(new: Any, row: Any) -> Any:
    try:
        told = signing.loads(row.session_data, salt=SALT, serializer=JSONSerializer)
    except signing.BadSignature:
        return None
    return new(
        session_key=row.session_key,
        session_data=row.session_data,
        expire_date=row.expire_date,
        user_id=told.get(SESSION_KEY),
    )


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("connect", "0008_identity_hash_keys"),
        ("sessions", "0001_initial"),
    ]

    operations = [migrations.RunPython(move, migrations.RunPython.noop)]
