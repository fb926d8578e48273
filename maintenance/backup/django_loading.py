"""The store of Django's settings, for programs that begin without Django."""

from __future__ import annotations

from maintenance.backup.folder_store import Store


def configured_store() -> Store:
    """What the storage alias "backups" names. Loads Django, which takes about half a second."""
    import django

    django.setup()
    from maintenance.backup.django_store import backup_store

    return backup_store()
