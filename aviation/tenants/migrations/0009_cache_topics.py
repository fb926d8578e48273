"""What cached values are made from notes its changes."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

import aviation.audit.triggers


class Migration(migrations.Migration):
    dependencies = [
        ("caching", "0001_changes_and_policies"),
        ("tenants", "0008_organization_views"),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="organization",
            trigger=pgtrigger.compiler.Trigger(
                name="topic_insert",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.caching_changed_for('organization', 'id')",
                    func="",
                    hash="c5a27d1dc095c531d3104aba450716c5cd1f21d5",
                    operation="INSERT",
                    pgid="pgtrigger_topic_insert_cac82",
                    referencing="REFERENCING NEW TABLE AS changed_rows ",
                    table="tenants_organization",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="organization",
            trigger=pgtrigger.compiler.Trigger(
                name="topic_update",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.caching_changed_for('organization', 'id')",
                    func="",
                    hash="d5aec9d3a3459fdc0800b7d0ccf57caa5b46a5f0",
                    operation="UPDATE",
                    pgid="pgtrigger_topic_update_05956",
                    referencing="REFERENCING NEW TABLE AS changed_rows ",
                    table="tenants_organization",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="organization",
            trigger=pgtrigger.compiler.Trigger(
                name="topic_delete",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.caching_changed_for('organization', 'id')",
                    func="",
                    hash="6f7d010bb2b4467956f0c6fd12e849963cc405e4",
                    operation="DELETE",
                    pgid="pgtrigger_topic_delete_a3df6",
                    referencing="REFERENCING OLD TABLE AS changed_rows ",
                    table="tenants_organization",
                    when="AFTER",
                ),
            ),
        ),
    ]
