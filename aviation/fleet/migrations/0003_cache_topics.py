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
                    execute="public.caching_changed('aircraft', '')",
                    func="",
                    hash="ee8952418b25891785b0e3e220d40ec2723f7791",
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
                    execute="public.caching_changed('aircraft', '')",
                    func="",
                    hash="494524df39c440dfd5726a123847b9743ed8f638",
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
                    execute="public.caching_changed('aircraft', '')",
                    func="",
                    hash="505c3588415452bad7b424e779676318444f43ea",
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
                    execute="public.caching_changed('aircraft', '')",
                    func="",
                    hash="9c0ab903ccddeb01e91c2171b985aaae5debcd18",
                    operation="TRUNCATE",
                    pgid="pgtrigger_topic_truncate_acd4c",
                    table="fleet_aircraft",
                    when="AFTER",
                ),
            ),
        ),
    ]
