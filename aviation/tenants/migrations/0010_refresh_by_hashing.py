from django.db import migrations


class Migration(migrations.Migration):
    """A refresh reads everything there is, whatever the planner believes of the tables' sizes.

    Where they were empty when statistics were last taken, it would look each flight up anew in all
    of the others' analyses: 3,000 flights took 13 s in place of 0.2 s.
    """

    dependencies = [
        ("tenants", "0009_cache_topics"),
    ]

    operations = [
        migrations.RunSQL(
            sql="ALTER FUNCTION public.refresh_organization_view(text) SET enable_nestloop = off",
            reverse_sql="ALTER FUNCTION public.refresh_organization_view(text)"
            " RESET enable_nestloop",
        ),
    ]
