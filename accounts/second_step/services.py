"""The second step of signing in: setting it up, proving it, taking it away.

What must never happen: a code or recovery code accepted twice, however many ask at once; a secret
or a code in clear in a table, an event or a log; a lost proof counted as none (what cannot be
read again refuses); guesses that no limit counts.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Membership, RecoveryCode, TotpDevice, User
from accounts.roles import NEEDS_SECOND_STEP
from accounts.second_step import recovery_codes, totp
from accounts.second_step.notices import Notice, tell
from accounts.sessions.ending import end_everything
from accounts.signing_in.attempts import Allowance, refill, spend
from aviation.audit.events import record_attempt, record_event
from aviation.common.errors import Conflict, NotAllowed, Rejected, TooMany
from aviation.common.sealing import CannotUnseal, is_sealed_with_current_key, seal, unseal
from aviation.tenants.context import platform_context

log = structlog.get_logger("dbx.accounts")

ALLOWANCE = Allowance("second_step", burst=5, refill_s=300)
"""Three codes of a million are good at any moment: 288 guesses a day find one in three years."""
_NOTED = Allowance("second_step.limited", burst=1, refill_s=3_600)
"""Whoever gets as far as a code knows the password: the person hears of it, once an hour."""
BY_APP = "totp"
BY_RECOVERY_CODE = "recovery_code"


def has_second_step(user: User) -> bool:
    return TotpDevice.objects.filter(user=user, confirmed_at__isnull=False).exists()


def needs_second_step(user: User, memberships: Iterable[Membership]) -> bool:
    """Whether the person's work asks for a second step on this installation."""
    if not settings.SECOND_STEP_REQUIRED:
        return False
    return user.is_staff or any(each.role in NEEDS_SECOND_STEP for each in memberships)


def second_step_is_due(user: User, memberships: Iterable[Membership]) -> bool:
    """Whether the person must set one up before anything else."""
    return needs_second_step(user, memberships) and not has_second_step(user)


def codes_left(user: User) -> int:
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


def verify_second_step(user: User, code: str, *, now: float | None = None) -> str | None:
    """Accept an app's code or a recovery code, once: "totp", "recovery_code", or None if neither.

    Raises TooMany when the person's guesses are used up, before anything is compared.
    """
    try:
        spend(ALLOWANCE, str(user.pk))
    except TooMany:
        _note_limited(user)
        raise
    means = _accept(user, recovery_codes.plain(code), time.time() if now is None else now)
    if means is None:
        record_attempt("second_step.refused", table_name="person", object_id=user.pk)
    else:
        refill(ALLOWANCE, str(user.pk))
    return means


@transaction.atomic
def confirm_second_step(
    user: User,
    secret: bytes,
    code: str,
    *,
    keep_session: str | None = None,
    now: float | None = None,
) -> list[str]:
    """Set the app up that knows ``secret``, as its first code proves; answers recovery codes.

    It takes the place of an app and codes that were there. Raises Rejected for a wrong code.
    """
    moment = time.time() if now is None else now
    step = totp.find_step(secret, recovery_codes.plain(code), now=moment)
    if step is None:
        raise Rejected(
            "This code does not fit. Wait for the next one, and check that the phone's clock is "
            "set automatically.",
            code="wrong_code",
        )
    _lock(user)
    TotpDevice.objects.filter(user=user).delete()
    TotpDevice.objects.create(
        user=user,
        sealed_secret=seal(secret, purpose=_purpose(user)),
        last_step=step,
        confirmed_at=timezone.now(),
    )
    codes = _replace_codes(user)
    record_event("second_step.enrolled", table_name="person", object_id=user.pk)
    end_everything(user, because="second_step_enrolled", keep_session=keep_session)
    tell(user, Notice.SET_UP)
    return codes


@transaction.atomic
def renew_recovery_codes(user: User) -> list[str]:
    """Ten new codes; those before no longer work. Raises Conflict without a second step."""
    _lock(user)
    if not has_second_step(user):
        raise Conflict("Set up an authenticator app first.")
    codes = _replace_codes(user)
    record_event("second_step.codes_made", table_name="person", object_id=user.pk)
    tell(user, Notice.CODES_MADE)
    return codes


@transaction.atomic
def remove_second_step(user: User, *, keep_session: str | None = None) -> None:
    """The person does without from now on. Raises NotAllowed where their work asks for it."""
    if needs_second_step(user, current_memberships(user)):
        raise NotAllowed("Your role needs a second step.", code="second_step_required")
    if take_away(user):
        record_event("second_step.removed", table_name="person", object_id=user.pk)
        end_everything(user, because="second_step_removed", keep_session=keep_session)
        tell(user, Notice.REMOVED)


def take_away(user: User) -> bool:
    """Delete app and codes, inside a transaction; answers whether there was an app."""
    _lock(user)
    RecoveryCode.objects.filter(user=user).delete()
    deleted, _ = TotpDevice.objects.filter(user=user).delete()
    return bool(deleted)


def current_memberships(user: User) -> list[Membership]:
    """All of the person's memberships, whoever asks."""
    with platform_context(), transaction.atomic():
        return list(Membership.objects.current().of_user(user.pk))


def _note_limited(user: User) -> None:
    try:
        spend(_NOTED, str(user.pk))
    except TooMany:
        return
    record_attempt("second_step.limited", table_name="person", object_id=user.pk)
    tell(user, Notice.GUESSED)


@transaction.atomic
def _accept(user: User, code: str, now: float) -> str | None:
    if totp.looks_like_code(code):
        return BY_APP if _accept_app_code(user, code, now) else None
    if recovery_codes.looks_like_code(code) and _use_recovery_code(user, code):
        return BY_RECOVERY_CODE
    return None


def _accept_app_code(user: User, code: str, now: float) -> bool:
    """The UPDATE decides: of many that found the same step, one still sees it unused."""
    device = TotpDevice.objects.filter(user=user, confirmed_at__isnull=False).first()
    secret = None if device is None else _secret_of(device, user)
    if device is None or secret is None:
        return False
    step = totp.find_step(secret, code, now=now, newer_than=device.last_step)
    if step is None:
        return False
    values: dict[str, object] = {"last_step": step}
    if not is_sealed_with_current_key(bytes(device.sealed_secret)):
        values["sealed_secret"] = seal(secret, purpose=_purpose(user))
    unused = TotpDevice.objects.filter(pk=device.pk, last_step__lt=step)
    return unused.update(**values) == 1


def _use_recovery_code(user: User, code: str) -> bool:
    unused = RecoveryCode.objects.filter(
        user=user, digest=recovery_codes.digest_of(code), used_at=None
    )
    if unused.update(used_at=timezone.now()) != 1:
        return False
    left = codes_left(user)
    record_event(
        "second_step.code_used",
        table_name="person",
        object_id=user.pk,
        details={"left": str(left)},
    )
    tell(user, Notice.CODE_USED, f"Unused codes left: {left}.")
    return True


def _secret_of(device: TotpDevice, user: User) -> bytes | None:
    """None where it cannot be read again: recovery codes and a reset still help."""
    try:
        return unseal(bytes(device.sealed_secret), purpose=_purpose(user))
    except CannotUnseal as error:
        log.error("second step cannot be read", person=str(user.pk), cause=str(error))
        return None


def _replace_codes(user: User) -> list[str]:
    codes = recovery_codes.new_codes()
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=user, digest=recovery_codes.digest_of(code)) for code in codes
    )
    return codes


def _lock(user: User) -> None:
    """One change of a person's second step after the other."""
    User.objects.select_for_update().only("pk").get(pk=user.pk)


def _purpose(user: User) -> str:
    return f"totp:{user.pk}"
