from django.db import migrations


class Migration(migrations.Migration):
    """What it did, the next one does without signing anybody out at a process of the version before."""

    dependencies = [
        ("connect", "0008_identity_hash_keys"),
        ("sessions", "0001_initial"),
    ]
