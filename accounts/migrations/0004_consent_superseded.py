from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_audit_append_only")]

    operations = [
        migrations.AddField(
            model_name="consent",
            name="superseded_at",
            field=models.DateTimeField(blank=True, help_text="when the same was given to a newer agreement", null=True),
        ),
        migrations.RemoveConstraint(model_name="consent", name="consent_one_stands"),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.UniqueConstraint(
                condition=models.Q(superseded_at=None, withdrawn_at=None),
                fields=("user", "purpose"),
                name="consent_one_stands",
            ),
        ),
    ]
