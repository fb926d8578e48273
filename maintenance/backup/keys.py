"""The numbered age keys of backups: the highest number encrypts, all of them decrypt.

An entry is an identity (``AGE-SECRET-KEY-1...``), which can do both, or a recipient (``age1...``),
which can only encrypt: enough for the machine that archives. A key is rotated by adding one with
the next number; the old ones stay for as long as backups under them are kept.

Nothing is derived from another secret here: whoever has lost the machine must have these apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pyrage
from pyrage import x25519

from aviation.common.errors import DomainError

VARIABLE, FILE_VARIABLE = "DBX_BACKUP_KEYS", "DBX_BACKUP_KEYS_FILE"


class KeyProblem(DomainError):
    """A key is missing, is wrong or cannot be read. Never says the key."""

    code = "backup_key"


@dataclass(frozen=True, slots=True)
class BackupKeys:
    """Recipients by number, and the identities among them that can decrypt."""

    recipients: Mapping[int, x25519.Recipient]
    identities: tuple[x25519.Identity, ...]
    extra: tuple[x25519.Recipient, ...] = ()
    """Whom everything is encrypted for besides."""

    @property
    def current(self) -> x25519.Recipient:
        return self.recipients[max(self.recipients)]

    def also_for(self, recipient: str) -> BackupKeys:
        """The same keys, encrypting for one more; an empty text adds nobody."""
        if not recipient:
            return self
        return replace(self, extra=(_read_key(recipient, "of the policy")[0],))

    def require_opening(self, recipient: str) -> None:
        """Raise KeyProblem unless what was encrypted for this public key can be read."""
        held = {str(each.to_public()) for each in self.require_identities()}
        if recipient not in held:
            raise KeyProblem(f"The secret key of {recipient} is not among the backup keys.")

    def require_identities(self) -> tuple[x25519.Identity, ...]:
        """The identities. Raises KeyProblem when there are only recipients."""
        if not self.identities:
            raise KeyProblem(
                f"Reading a backup needs a secret key, and {VARIABLE} holds only public ones."
            )
        return self.identities


def read_keys(text: str) -> BackupKeys:
    """``1:AGE-SECRET-KEY-1...,2:age1...``, also one a line. Raises KeyProblem."""
    parts = [part.strip() for line in text.splitlines() for part in line.split(",")]
    recipients: dict[int, x25519.Recipient] = {}
    identities = []
    for part in filter(None, parts):
        number, _, key = part.partition(":")
        if not number.isdecimal() or not key or int(number) in recipients:
            raise KeyProblem("Each backup key begins with a number of its own and a colon.")
        recipient, identity = _read_key(key.strip(), number)
        recipients[int(number)] = recipient
        identities += [identity] if identity else []
    if not recipients:
        raise KeyProblem(
            f"Set {VARIABLE} or {FILE_VARIABLE}; manage.py backup new-key makes a key."
        )
    return BackupKeys(recipients, tuple(identities))


def keys_from(surroundings: Mapping[str, str]) -> BackupKeys:
    """The keys the environment names, as text or as a file. Raises KeyProblem."""
    return read_keys(text_from(surroundings))


def text_from(surroundings: Mapping[str, str]) -> str:
    """What the environment says about keys, unread; empty when it says nothing."""
    if path := surroundings.get(FILE_VARIABLE, ""):
        try:
            return Path(path).read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise KeyProblem(f"The file of backup keys cannot be read: {error}.") from error
    return surroundings.get(VARIABLE, "")


def new_key() -> tuple[str, str]:
    """A fresh identity and its recipient, as text."""
    identity = x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def _read_key(key: str, number: str) -> tuple[x25519.Recipient, x25519.Identity | None]:
    try:
        if key.startswith("age1"):
            return x25519.Recipient.from_str(key), None
        identity = x25519.Identity.from_str(key)
    except (pyrage.RecipientError, pyrage.IdentityError):
        raise KeyProblem(f"Backup key {number} is no age key.") from None
    return identity.to_public(), identity
