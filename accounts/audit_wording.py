"""Audit events in words that a fleet manager reads."""

from __future__ import annotations

import json
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Model
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from aviation.audit.choices import ActorKind
from aviation.audit.models import AuditEvent

NAMED = {
    "access.refused": "Was refused a page",
    "sign_in.failed": "Failed to sign in",
    "sign_in.limited": "Tried to sign in too often",
    "sign_in.succeeded": "Signed in",
    "password.changed": "Changed the password",
    "password.reset": "Chose a new password by a mailed link",
    "email.verified": "Confirmed the e-mail address",
    "email.change_asked": "Asked for another e-mail address",
    "email.changed": "Changed the e-mail address",
    "second_step.enrolled": "Set up the second step",
    "second_step.removed": "Removed the second step",
    "second_step.reset": "Reset a person's second step",
    "second_step.codes_made": "Made new recovery codes",
    "second_step.code_used": "Used a recovery code",
    "second_step.refused": "Entered a wrong code",
    "second_step.limited": "Entered wrong codes too often",
    "person.disabled": "Closed a person's account",
    "person.enabled": "Opened a person's account again",
    "invitation.accepted": "Accepted an invitation",
    "cache.purged": "Purged cached values",
    "token.issued": "Signed a program in",
    "token.revoked": "Signed a program out",
    "token.reuse_detected": "Presented a used-up token: the program was signed out",
    "signing_key.rotated": "Rotated the key that signs tokens",
    "secrets.resealed": "Encrypted stored secrets anew",
    "session.ended": "Signed a browser out",
    "sessions.ended": "Signed out everywhere",
    "recovery.requested": "Asked for a recovery",
    "recovery.approved": "Approved a recovery",
    "recovery.refused": "Was refused a recovery",
    "recovery.withdrawn": "Withdrew a recovery",
    "recovery.exchanged": "Recovered the organization",
    "recovery.undone": "Undid a recovery",
    "retention.recycled": "Moved data to the recycle archive",
    "retention.restored": "Restored data from the recycle archive",
    "retention.deleted": "Deleted data for good",
    "retention.refused": "Was refused a deletion",
    "telemetry.archived": "Archived a month's measurements",
    "telemetry.brought_back": "Brought archived measurements back",
    "telemetry.replayed": "Let refused telemetry in again",
    "analytics.platform_viewed": "Looked at the figures of all organizations",
    "visit.began": "Came in as a visitor",
    "visit.ended": "Ended a visit",
}
CELL = "align-top border-t border-base-200 px-3 py-2 text-left dark:border-base-800"
LONGEST_VALUE = 500


def when(event: AuditEvent) -> str:
    return f"{event.at:%-d %b %Y, %H:%M:%S}"


def who(event: AuditEvent, name: str | None) -> str:
    """``name`` is the acting person's, None when they are unknown here."""
    if event.actor_kind == ActorKind.PERSON:
        return f"{name or 'Platform staff'} {_by_means_of(event)}".rstrip()
    if event.actor_kind == ActorKind.SYSTEM:
        return f"System {_by_means_of(event)}"
    if event.actor_kind == ActorKind.DIRECT:
        return f"Database role {event.actor_name}"
    return "Visitor, not signed in"


def what(event: AuditEvent) -> str:
    """Such as "Changed aircraft"."""
    if event.is_of_a_row:
        return f"{event.action_label} {table_label(event.table_name).lower()}"
    return NAMED.get(event.action, event.action)


def table_label(name: str) -> str:
    """The model's own name; the trail's where the model is gone."""
    model = _model_of(name)
    return capfirst(name if model is None else str(model._meta.verbose_name))


def column_labels(name: str) -> dict[str, str]:
    """What the forms call each column of the table."""
    model = _model_of(name)
    fields = () if model is None else model._meta.concrete_fields
    return {str(field.column): capfirst(str(field.verbose_name)) for field in fields}


def changes_of(event: AuditEvent) -> SafeString:
    """A table of column, value before and value after; of a named event, its details."""
    labels = column_labels(event.table_name) if event.is_of_a_row else {}
    sides = [
        (title, values)
        for title, values in (("Before", event.before), ("After", event.after))
        if values is not None
    ]
    head = format_html_join(
        "", '<th scope="col" class="{}">{}</th>', [(CELL, title) for title, _ in sides]
    )
    rows = format_html_join(
        "",
        '<tr><th scope="row" class="{}">{}</th>{}</tr>',
        ((CELL, labels.get(column, column), _cells(column, sides)) for column in event.columns),
    )
    return format_html("<table><tr><td></td>{}</tr>{}</table>", head, rows) if sides else rows


def _cells(column: str, sides: list[tuple[str, dict[str, Any]]]) -> SafeString:
    return format_html_join(
        "", '<td class="{}">{}</td>', [(CELL, _text(values.get(column))) for _, values in sides]
    )


def _model_of(name: str) -> type[Model] | None:
    label = next((each.model for each in settings.AUDITED_TABLES if each.name == name), None)
    return None if label is None else apps.get_model(label)


def _by_means_of(event: AuditEvent) -> str:
    return f"({event.actor_name})" if event.actor_name else ""


def _text(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]} …"
