from django.db import migrations

CACHE = """
CREATE TABLE connect_cache (cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL);
CREATE INDEX connect_cache_expires ON connect_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("connect", "0001_initial")]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE connect_lease_token", "DROP SEQUENCE connect_lease_token"),
        migrations.RunSQL(CACHE, "DROP TABLE connect_cache"),
    ]
