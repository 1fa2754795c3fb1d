from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0007_rowlock_leased_until"),
    ]

    operations = [
        migrations.AlterField(
            model_name="conversation",
            name="messages_count",
            field=models.PositiveIntegerField(default=0, editable=False, help_text="how many messages it has"),
        ),
    ]
