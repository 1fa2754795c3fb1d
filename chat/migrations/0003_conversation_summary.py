"""The running summary of a conversation. SQLite makes the table anew, for which the counting triggers have to go first."""

from importlib import import_module

from django.db import migrations, models

triggers = import_module("chat.migrations.0002_messages_count_trigger")


class Migration(migrations.Migration):
    dependencies = [("chat", "0002_messages_count_trigger")]

    operations = [
        migrations.RunPython(triggers.drop, triggers.create),
        migrations.AddField(
            model_name="conversation",
            name="summarized_to",
            field=models.PositiveIntegerField(
                default=0, editable=False, help_text="position of the last message that the summary tells"
            ),
        ),
        migrations.AddField(
            model_name="conversation",
            name="summary",
            field=models.TextField(
                blank=True, editable=False, help_text="what was said so far, for the model: written by one, never shown"
            ),
        ),
        migrations.RunPython(triggers.create, triggers.drop),
    ]
