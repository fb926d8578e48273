"""What can go wrong in the product's own terms.

Services raise these; one handler each turns them into problem+json, a page message or a
command's exit code. ``code`` is stable: programs may rely on it.
"""

from __future__ import annotations


class DomainError(Exception):
    """The base of all errors that a person caused or can mend."""

    code = "error"
    status = 400
    retry_after_s: int | None = None
    """When it is worth asking again; told as Retry-After."""

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


class NotAllowed(DomainError):
    """The person's role does not permit the act."""

    code = "not_allowed"
    status = 403


class NotFound(DomainError):
    """There is no such thing here, or it is another organization's: nobody outside can tell."""

    code = "not_found"
    status = 404


class Conflict(DomainError):
    """The thing is not in a state that allows the act, or exists already."""

    code = "conflict"
    status = 409


class Rejected(DomainError):
    """The input cannot be accepted as it is."""

    code = "rejected"
    status = 422


class TooLarge(DomainError):
    """The input is larger than the limit."""

    code = "too_large"
    status = 413


class QuotaExceeded(DomainError):
    """The organization's storage is full."""

    code = "quota_exceeded"
    status = 413


class TooMany(DomainError):
    """Asked or tried too often. ``retry_after_s`` says when the next is let through."""

    code = "too_many"
    status = 429

    def __init__(self, message: str, *, retry_after_s: int, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.retry_after_s = retry_after_s


class Unavailable(DomainError):
    """A part of the installation does not answer just now."""

    code = "unavailable"
    status = 503
