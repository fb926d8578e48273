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
                    execute="public.caching_changed('organization', 'id')",
                    func="",
                    hash="3d71e9f777ebb6132db16ce41fc22cb923a5b2e1",
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
                    execute="public.caching_changed('organization', 'id')",
                    func="",
                    hash="341baabecddd42753c31fb1a921adc78ec9266e6",
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
                    execute="public.caching_changed('organization', 'id')",
                    func="",
                    hash="98cf53d6aac625a2e40d55cf057a8ae0de2336cb",
                    operation="DELETE",
                    pgid="pgtrigger_topic_delete_a3df6",
                    referencing="REFERENCING OLD TABLE AS changed_rows ",
                    table="tenants_organization",
                    when="AFTER",
                ),
            ),
        ),
    ]
