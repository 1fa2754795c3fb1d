"""What staff need to look after the queue, to be in a conversation, to pause an account, and to sign topics off.

Permissions are usually made behind the last migration: these come first.
"""

from django.contrib.auth.management import create_permissions
from django.db import migrations

MODERATOR = {
    "chat": ["attend_conversation", "view_helprequest"],
    "accounts": ["pause_user"],
}
ADMINISTRATOR = {**MODERATOR, "accounts": ["pause_user", "view_system"], "moderation": ["view_alert"]}
CLINICIAN = {"pipeline": ["view_document", "view_passage", "sign_off_document"]}
GROUPS = {"Moderator": MODERATOR, "Administrator": ADMINISTRATOR, "Clinician": CLINICIAN}
"""No role puts anybody among the clinicians: who signs topics off is named by hand."""


def create(apps, schema_editor):
    for label in ("accounts", "moderation", "pipeline", "chat"):
        app = apps.get_app_config(label)
        app.models_module = True
        create_permissions(app, apps=apps, verbosity=0, using=schema_editor.connection.alias)
        app.models_module = None
    fill(apps)


def fill(apps):
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    for name, permissions in GROUPS.items():
        group, _created = Group.objects.get_or_create(name=name)
        for label, codenames in permissions.items():
            group.permissions.add(
                *Permission.objects.filter(content_type__app_label=label, codename__in=codenames)
            )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_staff_watch"),
        ("moderation", "0002_queue"),
        ("pipeline", "0002_sign_off"),
        ("chat", "0012_staff_watch"),
    ]

    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
