"""The one error that every log reader may raise."""

from __future__ import annotations


class UnreadableLog(ValueError):
    """A file that yields no flight record.

    ``code`` is stable and meant for programs: ``empty``, ``not_a_log``, ``newer_format``,
    ``header_only``, ``no_samples``, ``no_time``, ``no_columns`` or ``impossible_times``.
    The message is meant for the person who uploaded the file.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
