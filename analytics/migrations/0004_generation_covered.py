"""What a refresh covers is told by the generation of its tables."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0003_summaries_by_mail"),
        ("flights", "0004_cache_topics"),
        ("mlresults", "0003_cache_topics"),
        ("tenants", "0009_cache_topics"),
    ]

    operations = [
        migrations.RemoveField(
            model_name="viewrefresh",
            name="covers",
        ),
        migrations.AddField(
            model_name="viewrefresh",
            name="generation",
            field=models.BigIntegerField(
                help_text="How many changes of what they are made from the figures cover.",
                null=True,
            ),
        ),
    ]
