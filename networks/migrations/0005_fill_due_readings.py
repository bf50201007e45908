from django.db import migrations

AT_ONCE = 10_000
FILL = """
INSERT INTO networks_duereading (network_id, provider, due_at)
SELECT id, network, next_refresh_at FROM networks_socialnetwork
WHERE next_refresh_at IS NOT NULL AND id > %(last)s AND id <= %(last)s + %(at_once)s
ON CONFLICT DO NOTHING
"""
"""Who changes a record meanwhile writes its row by the trigger, which knows better."""


def fill(apps, schema_editor):
    """Each statement is a transaction; interrupted, it begins anew and passes over what is there."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM networks_socialnetwork")
        [newest] = cursor.fetchone()
        for last in range(0, newest, AT_ONCE):
            cursor.execute(FILL, {"last": last, "at_once": AT_ONCE})
        if not newest:  # no version before looks for anything by them
            cursor.execute("DROP INDEX IF EXISTS socialnetwork_due, socialnetwork_leased")


class Migration(migrations.Migration):
    """Its two indexes stay for the version before, until `finish_upgrade` is run."""

    atomic = False

    dependencies = [("networks", "0004_due_readings")]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex("socialnetwork", "socialnetwork_due"),
                migrations.RemoveIndex("socialnetwork", "socialnetwork_leased"),
            ]
        ),
    ]
