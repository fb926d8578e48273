"""Every table that cached values are made from: its changes make them old at once."""

from __future__ import annotations

from aviation.caching.topics import TopicTable

TOPIC_TABLES: tuple[TopicTable, ...] = (
    TopicTable("tenants.Organization", "organization", organization_column="id"),
    TopicTable("accounts.Membership", "memberships", organization_column="org_id"),
    TopicTable("fleet.Aircraft", "aircraft"),
    TopicTable("flights.FlightSession", "flights"),
    TopicTable("flights.FlightLog", "flight_logs"),
    TopicTable("mlresults.Analysis", "analyses"),
    TopicTable("mlresults.Finding", "findings"),
    TopicTable("analytics.WearWeights", "wear_weights"),
    # Written in the transaction that makes the fleet's figures anew.
    TopicTable("analytics.ViewRefresh", "figures"),
)
