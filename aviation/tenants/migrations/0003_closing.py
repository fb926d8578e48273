import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    """Organizations that close after a grace period, and well-formed host names."""

    dependencies = [
        ("tenants", "0002_schema_states"),
    ]

    operations = [
        migrations.AddField(
            model_name="organization",
            name="closes_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When the grace period of a closing organization ends.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="organization",
            name="status",
            field=models.CharField(
                choices=[
                    ("active", "Active"),
                    ("suspended", "Suspended"),
                    ("closing", "Closing"),
                    ("closed", "Closed, being removed"),
                ],
                db_default="active",
                default="active",
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="organization",
            constraint=models.CheckConstraint(
                condition=models.Q(status__in=["active", "suspended", "closing", "closed"]),
                name="organization_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="organization",
            constraint=models.CheckConstraint(
                condition=models.Q(closes_at__isnull=False, status__in=("closing", "closed"))
                | (models.Q(closes_at__isnull=True) & ~models.Q(status__in=("closing", "closed"))),
                name="organization_closing_has_date",
            ),
        ),
        migrations.AlterField(
            model_name="domain",
            name="host",
            field=models.CharField(
                max_length=253,
                validators=[
                    django.core.validators.RegexValidator(
                        "\\A(?=.{4,253}\\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]\\Z",
                        "Give a host name in small letters, such as flights.example.org, without port or path.",
                    )
                ],
            ),
        ),
    ]
