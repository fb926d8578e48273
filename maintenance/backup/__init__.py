"""Backups of the whole database and its WAL: taken, verified, kept, expired, restored, drilled.

The storage is the truth: each finished backup has a manifest beside its files, written last, and
everything needed for a restore is read from there. The tables are a copy for people to look at,
since the database may be what was lost.

``keys``, ``streams``, ``folder_store``, ``wal_names``, ``wal_store``, ``archiving`` and the two
commands PostgreSQL calls import no Django: PostgreSQL starts them for every 16 MB of WAL.
"""
