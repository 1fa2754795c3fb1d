"""An audit event is never changed, by nobody; and who had agreed to the terms so far has consented to what they need."""

from django.db import migrations

SQLITE = (
    """CREATE TRIGGER accounts_auditevent_unchanged BEFORE UPDATE ON accounts_auditevent BEGIN
         SELECT RAISE(ABORT, 'audit events are never changed');
       END""",
)
POSTGRESQL = (
    """CREATE FUNCTION accounts_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         RAISE EXCEPTION 'audit events are never changed' USING ERRCODE = 'integrity_constraint_violation';
       END $$""",
    """CREATE TRIGGER accounts_auditevent_unchanged BEFORE UPDATE ON accounts_auditevent
       FOR EACH ROW EXECUTE FUNCTION accounts_refuse_change()""",
)


def create(apps, schema_editor):
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER accounts_auditevent_unchanged ON accounts_auditevent")
        schema_editor.execute("DROP FUNCTION accounts_refuse_change()")
    else:
        schema_editor.execute("DROP TRIGGER accounts_auditevent_unchanged")


def keep_consents(apps, schema_editor):
    Consent = apps.get_model("accounts", "Consent")
    for user in apps.get_model("accounts", "User").objects.exclude(consent_version="").iterator():
        for purpose in ("terms", "health_data"):
            Consent.objects.create(
                user=user, purpose=purpose, version=user.consent_version, given_at=user.consent_at or user.date_joined
            )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_consents_invitations_audit")]

    operations = [
        migrations.RunPython(keep_consents, migrations.RunPython.noop),
        migrations.RunPython(create, drop),
    ]
