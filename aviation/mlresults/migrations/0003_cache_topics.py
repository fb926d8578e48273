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
                    execute="public.caching_changed('analyses', '')",
                    func="",
                    hash="cfbb8ab082b19d44bb7979a1ecb3f0fac1215505",
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
                    execute="public.caching_changed('analyses', '')",
                    func="",
                    hash="f1dc544c6cb90bef1db89818411fe579759cdc5a",
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
                    execute="public.caching_changed('analyses', '')",
                    func="",
                    hash="a0cf06fd684df8001a6b26075a9de7dcc7be5347",
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
                    execute="public.caching_changed('analyses', '')",
                    func="",
                    hash="c8afd11eccf70397ab58cfcaef6dfd515a26e011",
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
                    execute="public.caching_changed('findings', '')",
                    func="",
                    hash="fead9f2fd64c2fe6c8f9aa38a34848382ad22ca4",
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
                    execute="public.caching_changed('findings', '')",
                    func="",
                    hash="a9a53166df5e43307c8a16c3c763b0e3a5cca1b1",
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
                    execute="public.caching_changed('findings', '')",
                    func="",
                    hash="4c0e1673b049eca69bf03f4a8b07bbab293fe0e0",
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
                    execute="public.caching_changed('findings', '')",
                    func="",
                    hash="9740f330b8f83491de77f021916d92983a49bb20",
                    operation="TRUNCATE",
                    pgid="pgtrigger_topic_truncate_5948d",
                    table="mlresults_finding",
                    when="AFTER",
                ),
            ),
        ),
    ]
