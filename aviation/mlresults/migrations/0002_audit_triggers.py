"""Every row added, changed or deleted leaves an audit event."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

import aviation.audit.triggers


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_audit_events"),
        ("mlresults", "0001_analyses_and_findings"),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="analysis",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_insert",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_inserted('analysis', 'id', '', 'passed', 'not_assessed')",
                    func="",
                    hash="866b542c0d1fa72f3aea2d0153ac55c00c845f9b",
                    operation="INSERT",
                    pgid="pgtrigger_audit_insert_e57c1",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="mlresults_analysis",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="analysis",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_updated('analysis', 'id', '', 'passed', 'not_assessed')",
                    func="",
                    hash="59c5c05dabbe7222560d6f415e9be1a8d1f104b2",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_fabfd",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="mlresults_analysis",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="analysis",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_deleted('analysis', 'id', '', 'passed', 'not_assessed')",
                    func="",
                    hash="dd7a46d78036e6a1a993363557d2cb4e45132a3c",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_e2dde",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="mlresults_analysis",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="analysis",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_truncate",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_refuse_truncate('analysis')",
                    func="",
                    hash="911465c4c8189d229094bb0325c082d009952298",
                    operation="TRUNCATE",
                    pgid="pgtrigger_audit_truncate_8e547",
                    table="mlresults_analysis",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="finding",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_insert",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_inserted('finding', 'id', '')",
                    func="",
                    hash="eefeb78cd4940f96b213469520294079b78df5a8",
                    operation="INSERT",
                    pgid="pgtrigger_audit_insert_05705",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="mlresults_finding",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="finding",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_updated('finding', 'id', '')",
                    func="",
                    hash="3193e9f2134752447871a823c1e187be9b5a6047",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_66966",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="mlresults_finding",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="finding",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_deleted('finding', 'id', '')",
                    func="",
                    hash="9208a2cb058d7fb9583887c8c384083035753b86",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_76cb1",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="mlresults_finding",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="finding",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_truncate",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_refuse_truncate('finding')",
                    func="",
                    hash="da8eb42bc280cb44fe0d124c404f23c93b043b80",
                    operation="TRUNCATE",
                    pgid="pgtrigger_audit_truncate_78eee",
                    table="mlresults_finding",
                    when="BEFORE",
                ),
            ),
        ),
    ]
