"""Figures by day and aircraft as materialized views, and the record of their refreshes."""

from pathlib import Path

from django.db import migrations, models

from aviation.tenants.operations import CreateOrganizationView

SQL = Path(__file__).resolve().parents[1] / "sql"


def read(name):
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("tenants", "0008_organization_views"),
        ("fleet", "0002_audit_triggers"),
        ("flights", "0003_streams"),
        ("mlresults", "0002_audit_triggers"),
    ]

    operations = [
        migrations.CreateModel(
            name="DailyAnalyses",
            fields=[
                ("day", models.DateField(help_text="In the organization's time zone.")),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "day",
                        "aircraft",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("analysed_flights", models.IntegerField()),
                ("scored_flights", models.IntegerField(help_text="Those with a risk score.")),
                ("risk_sum", models.DecimalField(decimal_places=20, max_digits=60)),
                ("risk_avg", models.DecimalField(decimal_places=20, max_digits=60, null=True)),
                ("risk_max", models.FloatField(null=True)),
                ("high_risk_flights", models.IntegerField(help_text="At level high or critical.")),
            ],
            options={
                "verbose_name_plural": "daily analyses",
                "db_table": "analytics_dailyanalyses",
                "ordering": ("day", "aircraft"),
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="DailyAnomalies",
            fields=[
                ("day", models.DateField(help_text="In the organization's time zone.")),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "day",
                        "aircraft",
                        "component",
                        "severity",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("component", models.TextField()),
                ("severity", models.TextField()),
                ("anomalies", models.IntegerField()),
            ],
            options={
                "verbose_name_plural": "daily anomalies",
                "db_table": "analytics_dailyanomalies",
                "ordering": ("day", "aircraft", "component", "severity"),
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="DailyFlights",
            fields=[
                ("day", models.DateField(help_text="In the organization's time zone.")),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "day",
                        "aircraft",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("flights", models.IntegerField()),
                ("airborne_s", models.DecimalField(decimal_places=20, max_digits=60)),
                (
                    "timed_flights",
                    models.IntegerField(help_text="Those whose time in the air is known."),
                ),
                ("distance_m", models.DecimalField(decimal_places=20, max_digits=60)),
                (
                    "duration_avg_s",
                    models.DecimalField(decimal_places=20, max_digits=60, null=True),
                ),
                ("duration_p95_s", models.FloatField(null=True)),
            ],
            options={
                "verbose_name_plural": "daily flights",
                "db_table": "analytics_dailyflights",
                "ordering": ("day", "aircraft"),
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="ViewRefresh",
            fields=[
                ("view", models.CharField(max_length=63, primary_key=True, serialize=False)),
                (
                    "refreshed_at",
                    models.DateTimeField(
                        help_text="The figures hold everything committed before this moment."
                    ),
                ),
                ("took_ms", models.IntegerField(default=0)),
                ("row_count", models.IntegerField(default=0)),
                (
                    "covers",
                    models.CharField(
                        blank=True,
                        help_text="The state of the tables below that the figures were made from.",
                        max_length=200,
                    ),
                ),
                (
                    "asked_at",
                    models.DateTimeField(
                        help_text="Somebody asked for newer figures while a refresh was at work.",
                        null=True,
                    ),
                ),
                (
                    "failed_at",
                    models.DateTimeField(
                        help_text="Empty once a refresh has succeeded.", null=True
                    ),
                ),
                ("failures", models.IntegerField(default=0, help_text="In a row.")),
                ("error", models.TextField(blank=True)),
            ],
            options={
                "verbose_name": "refresh of figures",
                "verbose_name_plural": "refreshes of figures",
                "ordering": ("view",),
            },
        ),
        CreateOrganizationView("analytics_dailyflights", read("daily_flights")),
        CreateOrganizationView("analytics_dailyanalyses", read("daily_analyses")),
        CreateOrganizationView("analytics_dailyanomalies", read("daily_anomalies")),
        migrations.RunSQL(
            sql=read("view_refreshes"), reverse_sql="DELETE FROM analytics_viewrefresh"
        ),
    ]
