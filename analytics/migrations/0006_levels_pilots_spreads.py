"""Risk levels by day, flights by day and pilot, and spreads by week as materialized views."""

from pathlib import Path

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

from aviation.tenants.operations import CreateOrganizationView

SQL = Path(__file__).resolve().parents[1] / "sql"


def read(name):
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0005_cache_topics"),
    ]

    operations = [
        migrations.CreateModel(
            name="DailyLevels",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "day",
                        "level",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("day", models.DateField(help_text="In the organization's time zone.")),
                ("level", models.TextField(help_text="Empty for flights that were not assessed.")),
                ("flights", models.IntegerField()),
            ],
            options={
                "verbose_name_plural": "daily levels",
                "db_table": "analytics_dailylevels",
                "ordering": ("day", "level"),
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="DailyPilots",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "day",
                        "pilot_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("day", models.DateField(help_text="In the organization's time zone.")),
                (
                    "pilot_id",
                    models.UUIDField(
                        help_text="A membership, or all zeros where no pilot is named."
                    ),
                ),
                ("flights", models.IntegerField()),
                ("airborne_s", models.DecimalField(decimal_places=20, max_digits=60)),
                (
                    "timed_flights",
                    models.IntegerField(help_text="Those whose time in the air is known."),
                ),
                ("distance_m", models.DecimalField(decimal_places=20, max_digits=60)),
            ],
            options={
                "verbose_name_plural": "daily pilots",
                "db_table": "analytics_dailypilots",
                "ordering": ("day", "pilot_id"),
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="WeeklySpreads",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "week",
                        "measure",
                        "step",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "week",
                    models.DateField(help_text="Its Monday, in the organization's time zone."),
                ),
                (
                    "measure",
                    models.TextField(help_text="d is the time in the air [s], r the risk."),
                ),
                ("step", models.IntegerField()),
                ("flights", models.IntegerField()),
                ("values", ArrayField(models.FloatField())),
                ("days", ArrayField(models.DateField())),
                ("times", ArrayField(models.IntegerField())),
            ],
            options={
                "verbose_name_plural": "weekly spreads",
                "db_table": "analytics_weeklyspreads",
                "ordering": ("week", "measure", "step"),
                "managed": False,
            },
        ),
        CreateOrganizationView("analytics_dailylevels", read("daily_levels")),
        CreateOrganizationView("analytics_dailypilots", read("daily_pilots")),
        CreateOrganizationView("analytics_weeklyspreads", read("weekly_spreads")),
        migrations.RunSQL(
            sql=read("more_view_refreshes"),
            reverse_sql="DELETE FROM analytics_viewrefresh WHERE view IN ("
            "'analytics_dailylevels', 'analytics_dailypilots', 'analytics_weeklyspreads')",
        ),
    ]
