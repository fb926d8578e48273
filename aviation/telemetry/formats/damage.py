"""What a reader had to leave out of a damaged file, and how the import report says it."""

from __future__ import annotations

from dataclasses import dataclass

from aviation.telemetry.record import ImportNote, NoteKind

MAX_STRETCHES = 10_000
"""A file with more damaged stretches than this is read no further."""


@dataclass(slots=True)
class Damage:
    stretches: int = 0
    """Places inside the file at which the reader lost the thread and found it again."""
    skipped_bytes: int = 0
    cut_bytes: int = 0
    """Bytes at the end that begin a record the file does not finish."""

    def skip(self, count: int) -> None:
        self.stretches += 1
        self.skipped_bytes += count

    @property
    def is_hopeless(self) -> bool:
        return self.stretches >= MAX_STRETCHES

    def notes(self, end_s: float) -> list[ImportNote]:
        """The lines of the import report; ``end_s`` is the last second that was kept."""
        notes = []
        if self.stretches:
            places = "1 place" if self.stretches == 1 else f"{self.stretches} places"
            text = f"The file is damaged in {places}: {self.skipped_bytes} bytes were left out."
            notes.append(ImportNote(NoteKind.REPAIRED, text))
        if self.cut_bytes:
            text = (
                f"The last {self.cut_bytes} bytes are cut off: "
                f"everything up to {end_s:.1f} s was kept."
            )
            notes.append(ImportNote(NoteKind.REPAIRED, text))
        return notes
