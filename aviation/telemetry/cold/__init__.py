"""Telemetry that has left the database: one Parquet file for each flight and month, still readable.

``archiving`` writes files, reads them back and drops the month's partition; ``source`` reads
them for the flight page, the API and exports; ``bringing_back`` puts a flight's rows back.
"""
