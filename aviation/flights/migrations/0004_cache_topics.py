"""What cached values are made from notes its changes."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

import aviation.audit.triggers


class Migration(migrations.Migration):
    dependencies = [
        ("caching", "0001_changes_and_policies"),
        ("flights", "0003_streams"),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="flightlog",
            trigger=pgtrigger.compiler.Trigger(
                name="topic_insert",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.caching_changed('flight_logs')",
                    func="",
                    hash="ae18f2844688ce2735b919b63912ff63976dadbf",
                    operation="INSERT",
                    pgid="pgtrigger_topic_insert_57ca4",
                    referencing="REFERENCING NEW TABLE AS changed_rows ",
                    table="flights_flightlog",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="flightlog",
            trigger=pgtrigger.compiler.Trigger(
                name="topic_update",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.caching_changed('flight_logs')",
                    func="",
                    hash="1da21fc6e4145c46949b4490546df0e99b485e89",
                    operation="UPDATE",
                    pgid="pgtrigger_topic_update_68470",
                    referencing="REFERENCING NEW TABLE AS changed_rows ",
                    table="flights_flightlog",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="flightlog",
            trigger=pgtrigger.compiler.Trigger(
                name="topic_delete",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.caching_changed('flight_logs')",
                    func="",
                    hash="f351730956c1ba11530cc57f62f26a8764b1abe8",
                    operation="DELETE",
                    pgid="pgtrigger_topic_delete_3e76c",
                    referencing="REFERENCING OLD TABLE AS changed_rows ",
                    table="flights_flightlog",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="flightlog",
            trigger=pgtrigger.compiler.Trigger(
                name="topic_truncate",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.caching_emptied('flight_logs')",
                    func="",
                    hash="4917851f3efe306fd116bd820533b4aabaa5fae7",
                    operation="TRUNCATE",
                    pgid="pgtrigger_topic_truncate_37e69",
                    table="flights_flightlog",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="flightsession",
            trigger=pgtrigger.compiler.Trigger(
                name="topic_insert",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.caching_changed('flights')",
                    func="",
                    hash="ac4f01b9eee00af109da8f0405a0b3d4609a56e3",
                    operation="INSERT",
                    pgid="pgtrigger_topic_insert_7445b",
                    referencing="REFERENCING NEW TABLE AS changed_rows ",
                    table="flights_flightsession",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="flightsession",
            trigger=pgtrigger.compiler.Trigger(
                name="topic_update",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.caching_changed('flights')",
                    func="",
                    hash="20663d1d14a051d06717eb13c16e42710f963567",
                    operation="UPDATE",
                    pgid="pgtrigger_topic_update_3c330",
                    referencing="REFERENCING NEW TABLE AS changed_rows ",
                    table="flights_flightsession",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="flightsession",
            trigger=pgtrigger.compiler.Trigger(
                name="topic_delete",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.caching_changed('flights')",
                    func="",
                    hash="4cdc9ecb86d750381a85015158a5fdd42293a240",
                    operation="DELETE",
                    pgid="pgtrigger_topic_delete_9bd24",
                    referencing="REFERENCING OLD TABLE AS changed_rows ",
                    table="flights_flightsession",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="flightsession",
            trigger=pgtrigger.compiler.Trigger(
                name="topic_truncate",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.caching_emptied('flights')",
                    func="",
                    hash="b747327574e4f9bcf29f1d5ffa4f17aa2312a36a",
                    operation="TRUNCATE",
                    pgid="pgtrigger_topic_truncate_ed50c",
                    table="flights_flightsession",
                    when="AFTER",
                ),
            ),
        ),
    ]
