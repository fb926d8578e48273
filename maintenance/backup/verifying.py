"""Whether backups can be relied on: every stored byte, PostgreSQL's own check, and the WAL.

What must never happen: "verified" told for a backup that cannot be restored. A backup is good
only when every stored file has the sum that was written down, the unpacked whole passes
pg_verifybackup together with its own WAL, everything it builds on does too, and no segment that it
needs to become consistent is missing or damaged. The content of every file beside the database
that it lists is read, too; what is wrong there spoils the verdict, not the database.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import structlog

from aviation.common.errors import DomainError
from maintenance.backup import manifest as manifests
from maintenance.backup import verdicts
from maintenance.backup.continuity import Reach
from maintenance.backup.folder_store import Store
from maintenance.backup.keys import BackupKeys, KeyProblem
from maintenance.backup.manifest import TAR, Manifest, StoredFile, chain_of
from maintenance.backup.media_checking import MediaChecker
from maintenance.backup.programs import Programs, give, verify_folder
from maintenance.backup.streams import digest
from maintenance.backup.unpacking import unpack_chain
from maintenance.backup.verdicts import Verdict
from maintenance.backup.wal_archive import (
    WalArchive,
    checked,
    last_commit,
    look,
    unpack_segments,
)
from maintenance.backup.wal_store import cluster_of

logger = structlog.get_logger("dbx.backup")
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Finding:
    """One backup's verdict, and between which moments it can bring the database back."""

    verdict: Verdict
    reach: Reach | None
    recoverable_from: datetime | None = None
    recoverable_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Report:
    findings: tuple[Finding, ...]
    wal_problems: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        return not self.wal_problems and all(each.verdict.is_good for each in self.findings)


@dataclass(frozen=True, slots=True)
class Verifier:
    """What verifying needs. ``scratch`` must have room for the unpacked backups."""

    store: Store
    keys: BackupKeys
    programs: Programs
    scratch: Path
    _sums: dict[str, list[str]] = field(default_factory=dict)
    """Problems of small files by backup: those of a chain's base are read once for all."""
    _content: dict[str, str] = field(default_factory=dict)
    """The same of the files beside the database, by content: many backups list the same."""

    def verify(self, wanted: Sequence[str] = (), say: Say = lambda _words: None) -> Report:
        """Verify the backups with these ids, or all; each verdict is kept beside its backup.

        Raises KeyProblem when the keys open nothing: then nothing is known about the backups.
        """
        known, damaged = manifests.read_all(self.store)
        chosen = [each for each in known if not wanted or each.id in wanted]
        for manifest in chosen:
            self.keys.require_opening(manifest.recipient)
        archive = self._checked_archive(say)
        findings = [
            Finding(self._keep(each, ["Its manifest is damaged."]), None) for each in damaged
        ]
        for manifest in chosen:
            say(f"Verifying {manifest.id} ...")
            findings.append(self._verify(manifest, known, archive))
        problems = [f"{name} is damaged." for name in sorted(archive.damaged)]
        for finding in findings:
            if finding.reach and finding.reach.hole:
                problems.append(f"{finding.reach.hole} is missing.")
        report = Report(tuple(findings), tuple(sorted(set(problems))))
        _log(report)
        return report

    def _checked_archive(self, say: Say) -> WalArchive:
        archive = look(self.store, self.keys)
        say(f"Reading {len(archive.files)} archived files ...")
        return checked(archive, self.store, self.keys, cluster_of(self.store) or 0)

    def _verify(
        self, manifest: Manifest, known: Sequence[Manifest], archive: WalArchive
    ) -> Finding:
        reached = archive.reach(manifest)
        problems = [f"{reached.hole}, which it needs, is missing."] if reached.lacks_own else []
        media: dict[str, str] = {}
        chain: list[Manifest] = []
        try:
            chain = chain_of(manifest, known)
            problems += [each for part in chain for each in self._stored_problems(part)]
            if problems:
                problems += self._differing_archives(chain)
            else:
                media = MediaChecker(self.store, self.keys, self._content).problems(manifest)
                problems = self._unpacked_problems(chain, archive, reached)
        except KeyProblem:
            raise
        except (DomainError, OSError) as error:
            words = getattr(error, "message", str(error))
            problems += self._differing_archives(chain) or [words]
        to = None if problems else self._last_commit(manifest, archive, reached)
        verdict = self._keep(manifest.id, problems, media)
        return Finding(verdict, reached, None if problems else manifest.finished_at, to)

    def _stored_problems(self, manifest: Manifest) -> list[str]:
        if manifest.id not in self._sums:
            small = (file for file in manifest.files if file.name != TAR)
            self._sums[manifest.id] = list(self._differing(manifest, small))
        return self._sums[manifest.id]

    def _differing_archives(self, chain: Sequence[Manifest]) -> list[str]:
        """Which of the large files differ: unpacking finds the first of them only."""
        return [
            each
            for part in chain
            for each in self._differing(part, (file for file in part.files if file.name == TAR))
        ]

    def _differing(self, manifest: Manifest, files: Iterable[StoredFile]) -> Iterator[str]:
        for file in files:
            name = manifest.object_name(file)
            try:
                with self.store.reading(name) as stored:
                    found = digest(stored)
            except FileNotFoundError:
                yield f"{name} is missing."
                continue
            if found != (file.stored_bytes, file.sha256):
                yield f"{name} is not what was stored."

    def _unpacked_problems(
        self, chain: Sequence[Manifest], archive: WalArchive, reached: Reach
    ) -> list[str]:
        """What pg_verifybackup says of the whole, with the WAL that makes it consistent."""
        last = chain[-1]
        with tempfile.TemporaryDirectory(dir=self.scratch) as scratch:
            place = Path(scratch)
            give(self.programs, place)
            wal, parts = place / "wal", place / "parts"
            wal.mkdir()
            parts.mkdir()
            own = [each for each in reached.segments if each.number <= last.last_segment.number]
            unpack_segments(own, last.segment_bytes, wal, archive, self.store, self.keys)
            give(self.programs, parts, wal, *wal.iterdir())
            data = unpack_chain(chain, parts, self.store, self.keys, self.programs)
            return verify_folder(self.programs, data, wal)

    def _last_commit(
        self, manifest: Manifest, archive: WalArchive, reached: Reach
    ) -> datetime | None:
        return last_commit(reached, manifest, archive, self.store, self.keys, self.programs)

    def _keep(
        self, backup_id: str, problems: Sequence[str], media: Mapping[str, str] | None = None
    ) -> Verdict:
        verdict = Verdict(backup_id, datetime.now(UTC), tuple(problems), media or {})
        verdicts.keep(verdict, self.store)
        return verdict


def _log(report: Report) -> None:
    for finding in report.findings:
        if not finding.verdict.is_good:
            problems = finding.verdict.all_problems
            logger.error("backup is not good", backup=finding.verdict.backup_id, problems=problems)
    if report.wal_problems:
        logger.error("archived WAL is not good", problems=list(report.wal_problems))
