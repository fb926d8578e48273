"""What a real installation must not run with: each unsafe setting is refused, with what to do.

Checked by every management command where settings.PRODUCTION is on, ``migrate`` before a start
included, and elsewhere by ``check --deploy``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import checks

from aviation.common.keyring import derived_keyring

SHORTEST_SECRET = 50
FEWEST_CHARACTERS = 10
"""Different ones in a secret: "aaaa…" is as long as one likes."""
LOOKS_LIKE_A_DEFAULT = ("insecure", "changeme", "change-me", "change_me", "example", "your-secret")
SHORTEST_HSTS_S = 24 * 3_600
ARGON2 = "django.contrib.auth.hashers.Argon2PasswordHasher"
MAIL_TO_NOWHERE = ("console", "dummy", "locmem", "filebased")


@dataclass(frozen=True, slots=True)
class Rule:
    id: str
    is_broken: Callable[[], bool]
    message: str
    hint: str

    def as_message(self) -> checks.CheckMessage:
        kind = checks.Error if self.id.startswith("dbx.E") else checks.Warning
        return kind(self.message, hint=self.hint, id=self.id)


def _secret_is_weak() -> bool:
    secret = settings.SECRET_KEY
    return (
        len(secret) < SHORTEST_SECRET
        or len(set(secret)) < FEWEST_CHARACTERS
        or any(word in secret.lower() for word in LOOKS_LIKE_A_DEFAULT)
    )


def _answers_to_any_host() -> bool:
    return not settings.ALLOWED_HOSTS or any(each in {"*", "."} for each in settings.ALLOWED_HOSTS)


def _trusts_everybody() -> bool:
    return any(network.prefixlen == 0 for network in settings.TRUSTED_PROXIES)


def _is_derived(setting: str) -> bool:
    derived = derived_keyring(settings.SECRET_KEY, f"DBX_{setting}")
    return bool(getattr(settings, setting) == derived)


def _mail_goes_nowhere() -> bool:
    return any(f".{kind}." in settings.EMAIL_BACKEND for kind in MAIL_TO_NOWHERE)


RULES = (
    Rule(
        "dbx.E001",
        _secret_is_weak,
        "The secret key is short, simple or looks like a default.",
        f"Set DBX_SECRET_KEY to {SHORTEST_SECRET} or more random characters.",
    ),
    Rule(
        "dbx.E002",
        lambda: settings.DEBUG,
        "DEBUG is on: error pages show settings and data to whoever causes an error.",
        "Run with config.settings.prod.",
    ),
    Rule(
        "dbx.E003",
        _answers_to_any_host,
        "The site would answer to any host name, or to none.",
        "List the names people type in DBX_ALLOWED_HOSTS.",
    ),
    Rule(
        "dbx.E004",
        lambda: not settings.SESSION_COOKIE_SECURE,
        "The session's cookie would be sent without TLS.",
        "Leave SESSION_COOKIE_SECURE on.",
    ),
    Rule(
        "dbx.E005",
        lambda: not settings.CSRF_COOKIE_SECURE,
        "The cookie that protects forms would be sent without TLS.",
        "Leave CSRF_COOKIE_SECURE on.",
    ),
    Rule(
        "dbx.E006",
        lambda: not settings.SESSION_COOKIE_HTTPONLY,
        "Scripts could read the session's cookie.",
        "Leave SESSION_COOKIE_HTTPONLY on.",
    ),
    Rule(
        "dbx.E007",
        lambda: settings.SESSION_COOKIE_SAMESITE not in {"Lax", "Strict"},
        "Other sites' forms would be sent with the session's cookie.",
        "Leave SESSION_COOKIE_SAMESITE at Lax.",
    ),
    Rule(
        "dbx.E008",
        lambda: not settings.BASE_URL.startswith("https://"),
        "The address in mails and redirects is not https.",
        "Set DBX_BASE_URL to https:// and the name people type.",
    ),
    Rule(
        "dbx.E009",
        lambda: settings.SECURE_HSTS_SECONDS < SHORTEST_HSTS_S,
        "Browsers are not told to come by https only.",
        "Leave SECURE_HSTS_SECONDS at a year.",
    ),
    Rule(
        "dbx.E010",
        lambda: not settings.SECURE_SSL_REDIRECT,
        "Pages would be served without TLS.",
        "Leave SECURE_SSL_REDIRECT on.",
    ),
    Rule(
        "dbx.E011",
        lambda: settings.PASSWORD_HASHERS[0] != ARGON2,
        "Passwords would be stored with a weaker hash than Argon2.",
        "Leave Argon2 first in PASSWORD_HASHERS.",
    ),
    Rule(
        "dbx.E012",
        _trusts_everybody,
        "Anybody's X-Forwarded-For would be believed: limits by address could be walked around.",
        "Name in DBX_TRUSTED_PROXIES only the networks your proxies call from.",
    ),
    Rule(
        "dbx.W001",
        lambda: not settings.SECOND_STEP_REQUIRED,
        "Administrators and managers sign in by password alone.",
        "Remove DBX_SECOND_STEP_REQUIRED, or set it to 1.",
    ),
    Rule(
        "dbx.W002",
        lambda: _is_derived("ENCRYPTION_KEYS"),
        "Stored secrets are encrypted with a key made of the secret key: neither can be rotated.",
        "Set DBX_ENCRYPTION_KEYS to 1: and 32 random bytes in base64.",
    ),
    Rule(
        "dbx.W003",
        lambda: _is_derived("API_KEY_PEPPERS"),
        "API keys' digests are keyed with what is made of the secret key: it can't be rotated.",
        "Set DBX_API_KEY_PEPPERS to 1: and 32 random bytes in base64.",
    ),
    Rule(
        "dbx.W004",
        _mail_goes_nowhere,
        "Mails reach nobody: no password resets, no invitations, no warnings.",
        "Set DBX_EMAIL_URL.",
    ),
)


def unsafe_settings(**_: Any) -> Iterator[checks.CheckMessage]:
    """All rules that are broken, whether this is production or not."""
    return (rule.as_message() for rule in RULES if rule.is_broken())


@checks.register(checks.Tags.security)
def refuse_in_production(**_: Any) -> list[checks.CheckMessage]:
    return list(unsafe_settings()) if getattr(settings, "PRODUCTION", False) else []


@checks.register(checks.Tags.security, deploy=True)
def warn_before_deployment(**_: Any) -> list[checks.CheckMessage]:
    """In production the other check has said it."""
    return [] if getattr(settings, "PRODUCTION", False) else list(unsafe_settings())
