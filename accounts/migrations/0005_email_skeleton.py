from django.db import migrations, models

from accounts.look_alikes import skeleton


def fill(apps, schema_editor):
    User = apps.get_model("accounts", "User")
    for user in User.objects.only("id", "email_key").iterator():
        User.objects.filter(id=user.id).update(email_skeleton=skeleton(user.email_key))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_consent_superseded")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="email_skeleton",
            field=models.CharField(
                default="", editable=False, help_text="alike for addresses that look alike", max_length=1016
            ),
            preserve_default=False,
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            model_name="user",
            name="email_skeleton",
            field=models.CharField(
                db_index=True, editable=False, help_text="alike for addresses that look alike", max_length=1016
            ),
        ),
    ]
