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
                    execute="public.caching_changed('figures', '')",
                    func="",
                    hash="bd1c4970c9397bdaf919d5d921e8a0910e6f675a",
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
                    execute="public.caching_changed('figures', '')",
                    func="",
                    hash="2bc2ab9f11cca11ea2687a0ab38b22ebd3b0567e",
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
                    execute="public.caching_changed('figures', '')",
                    func="",
                    hash="869a2ca95c4b9f9e6ab74bc2adc66c51f184bf5c",
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
                    execute="public.caching_changed('figures', '')",
                    func="",
                    hash="499aabbc2074b0218cb3327b3bfa518853a8f91f",
                    operation="TRUNCATE",
                    pgid="pgtrigger_topic_truncate_00b45",
                    table="analytics_viewrefresh",
                    when="AFTER",
                ),
            ),
        ),
    ]
