from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    """Nothing looked for rows by these: only networks are read by a plan."""

    atomic = False

    dependencies = [("channels", "0003_largest_waiting")]

    operations = [
        RemoveIndexConcurrently("socialchannel", "socialchannel_due"),
        RemoveIndexConcurrently("socialchannel", "socialchannel_leased"),
    ]
