"""The groups of staff, each with just what it needs; and staff so far stand in the one that their role names.

`accounts.roles` puts them there from now on. Permissions are usually made behind the last migration: these come first.
"""

from django.contrib.auth.management import create_permissions
from django.db import migrations

MODERATOR = {
    "moderation": ["view_decision", "change_decision"],
    "chat": ["view_conversation", "view_attachment"],
}
ADMINISTRATOR = {
    **MODERATOR,
    "accounts": [
        "view_user", "add_user", "change_user",
        "view_invitation", "add_invitation", "delete_invitation",
        "view_refreshfamily", "change_refreshfamily",  # to change one is to sign it out
        "view_consent",
        "view_auditevent",
    ],
    "pipeline": ["view_document", "view_passage"],
}  # fmt: skip
GROUPS = {"Moderator": ("moderator", MODERATOR), "Administrator": ("admin", ADMINISTRATOR)}


def create(apps, schema_editor):
    for label in ADMINISTRATOR:
        app = apps.get_app_config(label)
        app.models_module = True
        create_permissions(app, apps=apps, verbosity=0, using=schema_editor.connection.alias)
        app.models_module = None
    fill(apps)
    for name, (role, _) in GROUPS.items():
        group = apps.get_model("auth", "Group").objects.get(name=name)
        group.user_set.add(*apps.get_model("accounts", "User").objects.filter(role=role))


def fill(apps):
    Permission = apps.get_model("auth", "Permission")
    for name, (_, permissions) in GROUPS.items():
        group, _created = apps.get_model("auth", "Group").objects.get_or_create(name=name)
        for label, codenames in permissions.items():
            group.permissions.add(
                *Permission.objects.filter(content_type__app_label=label, codename__in=codenames)
            )


def remove(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name__in=GROUPS).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("accounts", "0003_audit_append_only"),
        ("moderation", "0001_initial"),
        ("pipeline", "0001_initial"),
        ("chat", "0005_conversation_deleted_at"),
    ]

    operations = [migrations.RunPython(create, remove)]
