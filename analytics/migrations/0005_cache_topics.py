"""Cached values made from the fleet's figures end with the refresh that makes them old."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

import aviation.audit.triggers


class Migration(migrations.Migration):
    dependencies = [
        ("caching", "0001_changes_and_policies"),
        ("analytics", "0004_generation_covered"),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="viewrefresh",
            trigger=pgtrigger.compiler.Trigger(
                name="topic_insert",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.caching_changed('figures')",
                    func="",
                    hash="07b7cca6e4b586b6e35104121031a78377b6318f",
                    operation="INSERT",
                    pgid="pgtrigger_topic_insert_6e9c8",
                    referencing="REFERENCING NEW TABLE AS changed_rows ",
                    table="analytics_viewrefresh",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="viewrefresh",
            trigger=pgtrigger.compiler.Trigger(
                name="topic_update",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.caching_changed('figures')",
                    func="",
                    hash="d316c367892e855bfee7f8756bf90eb5f1f5dcef",
                    operation="UPDATE",
                    pgid="pgtrigger_topic_update_5577e",
                    referencing="REFERENCING NEW TABLE AS changed_rows ",
                    table="analytics_viewrefresh",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="viewrefresh",
            trigger=pgtrigger.compiler.Trigger(
                name="topic_delete",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.caching_changed('figures')",
                    func="",
                    hash="94b1f88b39ec04dec8114aab70284d10d8022e3b",
                    operation="DELETE",
                    pgid="pgtrigger_topic_delete_2bafe",
                    referencing="REFERENCING OLD TABLE AS changed_rows ",
                    table="analytics_viewrefresh",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="viewrefresh",
            trigger=pgtrigger.compiler.Trigger(
                name="topic_truncate",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.caching_emptied('figures')",
                    func="",
                    hash="7a4c62deb9b3c91becf1f5a0f0e393da5c8d1377",
                    operation="TRUNCATE",
                    pgid="pgtrigger_topic_truncate_00b45",
                    table="analytics_viewrefresh",
                    when="AFTER",
                ),
            ),
        ),
    ]
