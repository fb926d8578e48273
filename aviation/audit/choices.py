from django.db import models


class ActorKind(models.TextChoices):
    """Who acted, as far as the database can tell."""

    PERSON = "person", "Person"
    VISITOR = "visitor", "Visitor, not signed in"
    SYSTEM = "system", "Task or command"
    DIRECT = "direct", "Directly in the database"


class RowAction(models.TextChoices):
    """What happened to a row. Every other event has a name with a dot in it."""

    INSERT = "insert", "Added"
    UPDATE = "update", "Changed"
    DELETE = "delete", "Deleted"
