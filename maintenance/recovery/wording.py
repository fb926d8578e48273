"""What a plan means for people, in sentences they can say yes or no to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from maintenance.recovery.models import RecoveryRequest
from maintenance.recovery.plans import TableThen

_FILES = {
    "flights_flightlog": "uploaded logs are gone from the storage: their flights come back"
    " without the file",
    "telemetry_coldfile": "archived telemetry files are gone from the storage: those measurements"
    " do not come back",
}
_BACK_AS_ENDED = "memberships that were deleted come back as ended ones and let nobody in."
_LISTED = 5


def when(asked: RecoveryRequest) -> str:
    return f"{asked.target_at:%-d %B %Y, %H:%M:%S} UTC"


def words_for_organization(
    asked: RecoveryRequest,
    tables: Sequence[TableThen],
    members: Sequence[str],
    missing_files: Mapping[str, int],
) -> list[str]:
    """Consequences for an organization that goes back."""
    name, moment = asked.organization_slug, when(asked)
    changed = [each for each in tables if not each.is_same]
    return [
        f"Everything of {name} becomes what it was on {moment}.",
        f"LOST: whatever was added, changed or deleted in {name} after that moment, whether by"
        " mistake or not, including what was acknowledged to aircraft and programs.",
        _count(tables, changed),
        f"{name} stays suspended until you resume it: nobody reads or writes it meanwhile.",
        "Untouched: every other organization, people and their passwords, and what was written to"
        " the audit trail.",
        "Members, roles, invitations, API keys and the organization's own settings stay as they are"
        " now: whoever was let out since is not let in again.",
        *([f"{len(members)} {_BACK_AS_ENDED}"] if members else []),
        *_files_gone(missing_files),
        f"Files uploaded after the moment stay in the storage; no row of {name} names them.",
        "What is there now is kept aside for 7 days and can be put back with manage.py recovery"
        " undo, as long as nothing was written since.",
    ]


def words_for_rows(
    asked: RecoveryRequest, missing: Mapping[str, int], missing_files: Mapping[str, int]
) -> list[str]:
    """Consequences for missing rows that come back."""
    listed = ", ".join(f"{count:,} to {table}" for table, count in missing.items() if count)
    return [
        f"Rows of {asked.subject} that were there on {when(asked)} and are not there now are put"
        f" back: {listed}.",
        "Nothing is lost: rows that are there now stay as they are, changed since or not.",
        *_files_gone(missing_files),
        "Untouched: everything else of the organization, and every other organization.",
        "Each row put back into an audited table is an event in the audit trail.",
    ]


def words_for_cluster(asked: RecoveryRequest) -> list[str]:
    """Consequences for the whole database."""
    return [
        f"A new folder {asked.data_folder} gets the whole database as it was on {when(asked)}.",
        "Running this changes nothing for anybody: the present database goes on.",
        "LOST once you switch to it: everything of every organization after that moment, and the"
        " audit trail of that time, except what you keep of the old folder.",
        "After the switch people who left since may come in again, and API keys revoked since work:"
        " go through both.",
        "Files in the storage stay as they are now.",
    ]


def _files_gone(missing_files: Mapping[str, int]) -> list[str]:
    return [f"{count} {_FILES[table]}." for table, count in missing_files.items()]


def _count(tables: Sequence[TableThen], changed: Sequence[TableThen]) -> str:
    if not changed:
        return "Every table holds now what it held then: there is nothing to bring back."
    largest = sorted(changed, key=lambda each: -abs(each.rows_then - each.rows_now))[:_LISTED]
    listed = "; ".join(
        f"{each.table} {each.rows_now:,} rows now, {each.rows_then:,} then" for each in largest
    )
    more = f"; and {len(changed) - _LISTED} more" if len(changed) > _LISTED else ""
    return f"{len(changed)} of {len(tables)} tables change: {listed}{more}."
