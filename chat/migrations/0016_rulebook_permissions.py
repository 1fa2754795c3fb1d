"""Moderators read the rules of screening, administrators write new versions too."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

GROUPS = {"Moderator": ["view_rulebook"], "Administrator": ["view_rulebook", "add_rulebook"]}


def create(apps, schema_editor):
    app = apps.get_app_config("moderation")
    app.models_module = True
    create_permissions(app, apps=apps, verbosity=0, using=schema_editor.connection.alias)
    app.models_module = None
    fill(apps)


def fill(apps):
    """A group that an administrator removed stays away."""
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="moderation")
    for group in apps.get_model("auth", "Group").objects.filter(name__in=GROUPS):
        group.permissions.add(*permissions.filter(codename__in=GROUPS[group.name]))


class Migration(migrations.Migration):
    dependencies = [("chat", "0015_conversation_attended"), ("moderation", "0004_rulebook")]

    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
