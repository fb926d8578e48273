"""What cached values are made from notes its changes."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

import aviation.audit.triggers


class Migration(migrations.Migration):
    dependencies = [
        ("caching", "0001_changes_and_policies"),
        ("mlresults", "0002_audit_triggers"),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="analysis",
            trigger=pgtrigger.compiler.Trigger(
                name="topic_insert",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.caching_changed('analyses')",
                    func="",
                    hash="e3f6076581efbc67b6e97a7c3f05c12849511f1c",
                    operation="INSERT",
                    pgid="pgtrigger_topic_insert_a7824",
                    referencing="REFERENCING NEW TABLE AS changed_rows ",
                    table="mlresults_analysis",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="analysis",
            trigger=pgtrigger.compiler.Trigger(
                name="topic_update",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.caching_changed('analyses')",
                    func="",
                    hash="e98ec11a7c82f6fa83b7594ae9e8033629be8667",
                    operation="UPDATE",
                    pgid="pgtrigger_topic_update_b850c",
                    referencing="REFERENCING NEW TABLE AS changed_rows ",
                    table="mlresults_analysis",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="analysis",
            trigger=pgtrigger.compiler.Trigger(
                name="topic_delete",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.caching_changed('analyses')",
                    func="",
                    hash="838213feb5dde13d7184394d135a99e9574693ab",
                    operation="DELETE",
                    pgid="pgtrigger_topic_delete_e6779",
                    referencing="REFERENCING OLD TABLE AS changed_rows ",
                    table="mlresults_analysis",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="analysis",
            trigger=pgtrigger.compiler.Trigger(
                name="topic_truncate",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.caching_emptied('analyses')",
                    func="",
                    hash="6ba887b301a04e15721b886193703c1927e6c5e7",
                    operation="TRUNCATE",
                    pgid="pgtrigger_topic_truncate_40ad7",
                    table="mlresults_analysis",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="finding",
            trigger=pgtrigger.compiler.Trigger(
                name="topic_insert",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.caching_changed('findings')",
                    func="",
                    hash="f946d97e57ec54405983ab63d3d53a76a6b39345",
                    operation="INSERT",
                    pgid="pgtrigger_topic_insert_cf2f8",
                    referencing="REFERENCING NEW TABLE AS changed_rows ",
                    table="mlresults_finding",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="finding",
            trigger=pgtrigger.compiler.Trigger(
                name="topic_update",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.caching_changed('findings')",
                    func="",
                    hash="2b79bd94c3a2bccd3a3ae09f19d104382f57f46f",
                    operation="UPDATE",
                    pgid="pgtrigger_topic_update_3d857",
                    referencing="REFERENCING NEW TABLE AS changed_rows ",
                    table="mlresults_finding",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="finding",
            trigger=pgtrigger.compiler.Trigger(
                name="topic_delete",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.caching_changed('findings')",
                    func="",
                    hash="27ed94969aac9a7fc878229a8ab6e015840bc99f",
                    operation="DELETE",
                    pgid="pgtrigger_topic_delete_5c822",
                    referencing="REFERENCING OLD TABLE AS changed_rows ",
                    table="mlresults_finding",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="finding",
            trigger=pgtrigger.compiler.Trigger(
                name="topic_truncate",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.caching_emptied('findings')",
                    func="",
                    hash="7243db43b5f8a35d117f44eb53466139dff298b9",
                    operation="TRUNCATE",
                    pgid="pgtrigger_topic_truncate_5948d",
                    table="mlresults_finding",
                    when="AFTER",
                ),
            ),
        ),
    ]
