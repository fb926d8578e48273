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
                    execute="public.caching_changed('flight_logs', '')",
                    func="",
                    hash="c67f0553738ef2e205c415d49a89209de89c21ed",
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
                    execute="public.caching_changed('flight_logs', '')",
                    func="",
                    hash="271d33471d07dfa92434b38506e66ee139f64884",
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
                    execute="public.caching_changed('flight_logs', '')",
                    func="",
                    hash="44f76202a61dc9df0f1e0da1b575afa6d60e6eca",
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
                    execute="public.caching_changed('flight_logs', '')",
                    func="",
                    hash="c9fd673085c9d943f610eedf21276ff457ebb043",
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
                    execute="public.caching_changed('flights', '')",
                    func="",
                    hash="32fdfc4afaf2081027a6c653546d66c24c9d5ddb",
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
                    execute="public.caching_changed('flights', '')",
                    func="",
                    hash="2a13f6457193334755bb53615e4890c8dfba92b8",
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
                    execute="public.caching_changed('flights', '')",
                    func="",
                    hash="4712182f0d878b6b89180b9d1227988c25efd9d5",
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
                    execute="public.caching_changed('flights', '')",
                    func="",
                    hash="5a116f0dc022fddb47f530a799462d2374a8a907",
                    operation="TRUNCATE",
                    pgid="pgtrigger_topic_truncate_ed50c",
                    table="flights_flightsession",
                    when="AFTER",
                ),
            ),
        ),
    ]
