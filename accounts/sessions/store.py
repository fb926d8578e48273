"""Django's session store, on rows that hold a digest of the cookie in place of the cookie.

Whoever reads the table, or a dump of it, can thus not sign in with what they find.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib.auth import SESSION_KEY as USER_ID
from django.contrib.sessions.backends.base import CreateError, UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import UserSession

_OF_BROWSER = ("device", "first_address", "last_address")


def digest_of(session_key: str) -> str:
    """What a row is found by; 40 hexadecimal characters, as many as Django's column takes."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:40]


class SessionStore(DatabaseStore):
    row: UserSession | None = None
    """The row as it was read in this request: its times and addresses cost no query more."""

    @classmethod
    def get_model_class(cls) -> type[UserSession]:
        return UserSession

    def load(self) -> dict[str, Any]:
        live = self._rows(self.session_key or "").filter(expire_date__gt=timezone.now())
        self.row = live.first()
        if self.row is None:
            self._session_key = None
            return {}
        return self.decode(self.row.session_data)

    def cycle_key(self) -> None:
        """Keep what is known of the person's browser under the new key."""
        before = self.row
        super().cycle_key()
        if before is not None and before.user_id is not None:
            known = {name: getattr(before, name) for name in _OF_BROWSER}
            self._rows(self.session_key or "").update(**known)

    def exists(self, session_key: str) -> bool:
        return self._rows(session_key).exists()

    def save(self, must_create: bool = False) -> None:
        """Write data and expiry only: the row's other columns are the session list's."""
        if self.session_key is None:
            return self.create()
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        values = {
            "session_data": self.encode(data),
            "expire_date": self.get_expiry_date(),
            "user_id": data.get(USER_ID),
        }
        with transaction.atomic():
            if must_create:
                self._insert(values)
            elif not self._rows(self.session_key).update(**values):
                raise UpdateError
        return None

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            self._rows(key).delete()

    def _insert(self, values: dict[str, Any]) -> None:
        row = UserSession(session_key=digest_of(self.session_key or ""), **values)
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:
            raise CreateError from None

    @staticmethod
    def _rows(session_key: str) -> QuerySet[UserSession]:
        return UserSession.objects.filter(session_key=digest_of(session_key))
