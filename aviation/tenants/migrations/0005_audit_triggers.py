"""Every row added, changed or deleted leaves an audit event."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

import aviation.audit.triggers


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_audit_events"),
        ("tenants", "0004_reference_guards"),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="domain",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_insert",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_inserted('domain', 'id', 'org_id')",
                    func="",
                    hash="99a02bd21d726240aa7433da701208472e79ed33",
                    operation="INSERT",
                    pgid="pgtrigger_audit_insert_14015",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="tenants_domain",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="domain",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_updated('domain', 'id', 'org_id')",
                    func="",
                    hash="1ae1ae70fc146495c721146881f27610a28822b1",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_d7a8e",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="tenants_domain",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="domain",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_deleted('domain', 'id', 'org_id')",
                    func="",
                    hash="efba62c2f95508915dc0c55409d30f588c4d0323",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_e4f2f",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="tenants_domain",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="domain",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_truncate",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_refuse_truncate('domain')",
                    func="",
                    hash="2b156455ddf3f5ec864eec0fa4a783de4106cae8",
                    operation="TRUNCATE",
                    pgid="pgtrigger_audit_truncate_2dc0a",
                    table="tenants_domain",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="organization",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_insert",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_inserted('organization', 'id', 'id')",
                    func="",
                    hash="0c46fbc5da7b7d65dc3785c607013bcb0a875b38",
                    operation="INSERT",
                    pgid="pgtrigger_audit_insert_cbc69",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="tenants_organization",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="organization",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_updated('organization', 'id', 'id')",
                    func="",
                    hash="fb5a21067bbe85272338e61cd764d09196eb2bc7",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_7e88d",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="tenants_organization",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="organization",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_deleted('organization', 'id', 'id')",
                    func="",
                    hash="557955ee90e5bdd212ac82acf71e187a9b8b6ae6",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_f3f78",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="tenants_organization",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="organization",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_truncate",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_refuse_truncate('organization')",
                    func="",
                    hash="87723cf362577ba2e862141c86de79dd357e6761",
                    operation="TRUNCATE",
                    pgid="pgtrigger_audit_truncate_b353b",
                    table="tenants_organization",
                    when="BEFORE",
                ),
            ),
        ),
    ]
