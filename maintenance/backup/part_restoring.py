"""``backup restore`` and ``backup expire``: what is written or deleted is told first."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from aviation.common.errors import Rejected, Unavailable
from maintenance.backup.dump_expiring import DumpExpiry
from maintenance.backup.media_restoring import MediaPlan
from maintenance.backup.part_call import MB, Call, Speaker
from maintenance.backup.restoring import Plan, Target, require_free


def expire(call: Call) -> None:
    """Delete backups, dumps and WAL that no policy keeps; what goes is printed first."""
    expiry = call.operator.plan_expiry()
    for manifest in expiry.backups:
        call.speaker.say(f"{manifest.id} of {manifest.finished_at:%Y-%m-%d %H:%M} UTC goes.")
    call.speaker.say(f"{len(expiry.backups)} backups and {len(expiry.wal)} files of WAL go.")
    if expiry.kept_back:
        call.speaker.say(f"{expiry.kept_back} Nothing verified goes.")
    _say_dumps(expiry.of_dumps, call.speaker)
    call.speaker.say(f"{len(expiry.media)} contents of files that no backup lists go.")
    if expiry.media_kept_back:
        call.speaker.say(f"{expiry.media_kept_back} No file's content goes.")
    remains = _dump_remains(call)
    if not call.options["dry_run"]:
        call.operator.expire(expiry)
    call.speaker.document(
        {
            "backups": [each.id for each in expiry.backups],
            "wal": [each.name for each in expiry.wal],
            "kept_back": expiry.kept_back,
            "dumps": [each.id for each in expiry.of_dumps.dumps],
            "dumps_kept_back": expiry.of_dumps.kept_back,
            "dump_remains": remains,
            "media": sorted(expiry.media),
            "media_kept_back": expiry.media_kept_back,
            "done": not call.options["dry_run"],
        }
    )


def _dump_remains(call: Call) -> list[str]:
    """Printed first; they stay while the server cannot be asked whether they are at work."""
    try:
        found = call.operator.find_dump_remains()
        for dump_id in found:
            call.speaker.say(f"{dump_id} was never finished. What is left of it goes.")
        if found and not call.options["dry_run"]:
            call.operator.remove_dump_remains()
    except Unavailable as problem:
        call.speaker.say(f"{problem.message} What unfinished dumps left stays.")
        return []
    return found


def _say_dumps(expiry: DumpExpiry, speaker: Speaker) -> None:
    for dump in expiry.dumps:
        speaker.say(f"{dump.id} of {dump.slug} goes.")
    speaker.say(f"{len(expiry.dumps)} dumps of single organizations go.")
    for slug in expiry.kept_back:
        speaker.say(f"No dump of {slug} is known to be good. None of them goes.")


def restore(call: Call) -> None:
    """Put a backup into a NEW data directory that recovers when a server is started on it."""
    data = Path(call.options["data"]).absolute()
    folder = _media_folder(call)
    for each in filter(None, (data, folder)):
        require_free(each)
    keys_file = call.options["keys_file"] or call.operator.keys_file
    if not keys_file:
        raise Rejected("Name the file of backup keys with --keys-file: the recovery reads it.")
    plan = call.operator.restorer.plan(_target(call), call.options["backup"])
    call.speaker.say(_plan_in_words(plan, data))
    media = call.operator.plan_media(plan) if folder else None
    if media and folder:
        call.speaker.say(_media_in_words(media, folder))
    if not call.options["dry_run"]:
        call.operator.restore(plan, data, Path(keys_file).absolute(), call.speaker.say)
        if media and folder:
            call.operator.restore_media(media, folder)
        call.speaker.say(f"Start PostgreSQL {plan.backup.postgres_major} on {data} to recover.")
    call.speaker.document(
        {
            "backups": [each.id for each in plan.chain],
            "data": data,
            "last_commit": plan.last_commit,
            "files": len(media.files) if media else None,
            "done": not call.options["dry_run"],
        }
    )


def _target(call: Call) -> Target:
    if not call.options["time"]:
        return Target()
    try:
        time = datetime.fromisoformat(call.options["time"])
    except ValueError:
        raise Rejected("Give the time such as 2026-05-01T12:00:00Z.") from None
    return Target(time if time.tzinfo else time.replace(tzinfo=UTC))


def _media_folder(call: Call) -> Path | None:
    named = call.options["media"]
    return Path(named).absolute() if named else None


def _media_in_words(media: MediaPlan, folder: Path) -> str:
    return f"{len(media.files)} files, {media.size_bytes / MB:,.1f} MB, into {folder}."


def _plan_in_words(plan: Plan, data: Path) -> str:
    to = plan.target.time or plan.last_commit or plan.backup.finished_at
    return (
        f"{' + '.join(each.id for each in plan.chain)} into {data}, rolled forward to {to};"
        f" the last transaction in the archive was committed at {plan.last_commit}."
    )
