"""What cached values are made from notes its changes."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

import aviation.audit.triggers


class Migration(migrations.Migration):
    dependencies = [
        ("caching", "0001_changes_and_policies"),
        ("fleet", "0002_audit_triggers"),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="aircraft",
            trigger=pgtrigger.compiler.Trigger(
                name="topic_insert",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.caching_changed('aircraft')",
                    func="",
                    hash="1b890370172eef204614ec299e3d06784a04ec36",
                    operation="INSERT",
                    pgid="pgtrigger_topic_insert_0227a",
                    referencing="REFERENCING NEW TABLE AS changed_rows ",
                    table="fleet_aircraft",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="aircraft",
            trigger=pgtrigger.compiler.Trigger(
                name="topic_update",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.caching_changed('aircraft')",
                    func="",
                    hash="748852f623262e735ddba049445423302d4e48c4",
                    operation="UPDATE",
                    pgid="pgtrigger_topic_update_dc3bc",
                    referencing="REFERENCING NEW TABLE AS changed_rows ",
                    table="fleet_aircraft",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="aircraft",
            trigger=pgtrigger.compiler.Trigger(
                name="topic_delete",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.caching_changed('aircraft')",
                    func="",
                    hash="d6a38af927ce136c4cc390caa5e400c01a0b3f5c",
                    operation="DELETE",
                    pgid="pgtrigger_topic_delete_310f7",
                    referencing="REFERENCING OLD TABLE AS changed_rows ",
                    table="fleet_aircraft",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="aircraft",
            trigger=pgtrigger.compiler.Trigger(
                name="topic_truncate",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.caching_emptied('aircraft')",
                    func="",
                    hash="61b5e3c39b04186f4064229eb323c790d7dbade2",
                    operation="TRUNCATE",
                    pgid="pgtrigger_topic_truncate_acd4c",
                    table="fleet_aircraft",
                    when="AFTER",
                ),
            ),
        ),
    ]
