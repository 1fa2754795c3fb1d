from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_email_skeleton"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="refreshfamily",
            options={"ordering": ["-issued_at"], "verbose_name": "device"},
        ),
        migrations.AlterField(
            model_name="auditevent",
            name="action",
            field=models.CharField(
                choices=[
                    ("registered", "Registered"),
                    ("signed_in", "signed in"),
                    ("sign_in_failed", "sign-in failed"),
                    ("signed_out", "signed out"),
                    ("device_signed_out", "device signed out"),
                    ("token_reused", "spent token used again"),
                    ("password_changed", "password changed"),
                    ("reset_requested", "password reset asked for"),
                    ("password_reset", "password reset"),
                    ("email_confirmed", "e-mail address confirmed"),
                    ("email_changed", "e-mail address changed"),
                    ("google_linked", "Google account linked"),
                    ("second_factor_added", "second factor added"),
                    ("second_factor_removed", "second factor removed"),
                    ("consent_given", "consent given"),
                    ("consent_withdrawn", "consent withdrawn"),
                    ("role_changed", "role changed"),
                    ("account_disabled", "account disabled"),
                    ("account_enabled", "account enabled"),
                    ("invited", "Invited"),
                    ("staff_read", "conversation read by staff"),
                    ("decision_reviewed", "decision reviewed"),
                    ("exported", "data exported"),
                    ("conversation_deleted", "conversation deleted"),
                    ("account_deleted", "account deleted"),
                    ("purged", "old data purged"),
                ],
                max_length=24,
            ),
        ),
        migrations.AlterField(
            model_name="user",
            name="country",
            field=models.CharField(blank=True, help_text="like GB; chooses the emergency numbers", max_length=2),
        ),
    ]
