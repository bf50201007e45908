from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    """Nothing looked for rows by these: only networks are read by a plan."""

    atomic = False

    dependencies = [("pages", "0003_largest_waiting")]

    operations = [
        RemoveIndexConcurrently("socialpage", "socialpage_due"),
        RemoveIndexConcurrently("socialpage", "socialpage_leased"),
    ]
