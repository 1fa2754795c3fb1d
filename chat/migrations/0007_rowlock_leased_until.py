from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chat", "0006_groups")]

    operations = [
        migrations.AddField(model_name="rowlock", name="leased_until", field=models.DateTimeField(null=True)),
    ]
