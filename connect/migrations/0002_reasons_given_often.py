"""Reasons that moderators give often, to begin with: a Lead changes them as they like."""

from django.db import migrations

REASONS = (
    ("accept", "Checked", "Checked against the profile"),
    ("reject", "Not theirs", "The profile is not the creator's"),
    ("reject", "Cannot be found", "There is no such profile, or it is private"),
    ("reject", "Too small", "Fewer followers than the programme asks for"),
    ("reject", "Wrong kind", "It is submitted as another kind of account than it is"),
    ("suspend", "Bought followers", "Its followers or their engagement were bought"),
    ("suspend", "Pretends", "It pretends to be somebody else"),
    ("suspend", "Breaks the rules", "Its posts break the rules of the programme"),
    ("reinstate", "Shown", "The creator has shown that it is theirs"),
    ("uphold", "Nothing new", "The appeal says nothing that was not known"),
)


def add_reasons(apps, schema_editor):
    model = apps.get_model("connect", "DecisionReason")
    rows = [model(decision=decision, title=title, text=text) for decision, title, text in REASONS]
    model.objects.bulk_create(rows, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("connect", "0001_initial")]
    operations = [migrations.RunPython(add_reasons, migrations.RunPython.noop)]
