"""Moderators read the knowledge, administrators write it too; and so does whoever is named a knowledge editor."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

READ = ["view_document", "view_passage"]
WRITE = [*READ, "add_document", "change_document"]
GROUPS = {"Moderator": READ, "Administrator": WRITE}
EDITOR = "Knowledge editor"
"""No role puts anybody there: it is for staff who are named by hand, like the clinicians."""


def create(apps, schema_editor):
    app = apps.get_app_config("pipeline")
    app.models_module = True
    create_permissions(app, apps=apps, verbosity=0, using=schema_editor.connection.alias)
    app.models_module = None
    fill(apps)


def fill(apps):
    """A group that an administrator removed stays away."""
    Group = apps.get_model("auth", "Group")
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="pipeline")
    for group in Group.objects.filter(name__in=GROUPS):
        group.permissions.add(*permissions.filter(codename__in=GROUPS[group.name]))
    editors, _created = Group.objects.get_or_create(name=EDITOR)
    editors.permissions.add(*permissions.filter(codename__in=WRITE))


class Migration(migrations.Migration):
    dependencies = [("chat", "0016_rulebook_permissions"), ("pipeline", "0003_outside")]

    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
