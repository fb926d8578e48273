"""Each unsafe production setting is refused by itself, and a sound installation by nothing."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from aviation.common.keyring import derived_keyring, read_keyring
from aviation.common.production_checks import RULES, refuse_in_production, unsafe_settings

ROOT = Path(__file__).resolve().parents[2]
SECRET = "qV7mT2xK9pL4wZ8nR3cY6bH1jF5dS0gA-uE_oIiXvNtBkMzQsWlC"
KEYS = "1:" + base64.b64encode(bytes(range(32))).decode()
SOUND: dict[str, Any] = {
    "SECRET_KEY": SECRET,
    "DEBUG": False,
    "ALLOWED_HOSTS": ["flights.example.org"],
    "BASE_URL": "https://flights.example.org",
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "SECURE_HSTS_SECONDS": 31_536_000,
    "SECURE_SSL_REDIRECT": True,
    "PASSWORD_HASHERS": ["django.contrib.auth.hashers.Argon2PasswordHasher"],
    "TRUSTED_PROXIES": (ip_network("10.0.0.0/8"),),
    "SECOND_STEP_REQUIRED": True,
    "ENCRYPTION_KEYS": read_keyring(KEYS),
    "API_KEY_PEPPERS": read_keyring(KEYS),
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
}
UNSAFE: list[tuple[str, str, Any]] = [
    ("dbx.E001", "SECRET_KEY", "short"),
    ("dbx.E001", "SECRET_KEY", "x" * 60),
    ("dbx.E001", "SECRET_KEY", f"django-insecure-{SECRET}"),
    ("dbx.E002", "DEBUG", True),
    ("dbx.E003", "ALLOWED_HOSTS", ["flights.example.org", "*"]),
    ("dbx.E003", "ALLOWED_HOSTS", []),
    ("dbx.E004", "SESSION_COOKIE_SECURE", False),
    ("dbx.E005", "CSRF_COOKIE_SECURE", False),
    ("dbx.E006", "SESSION_COOKIE_HTTPONLY", False),
    ("dbx.E007", "SESSION_COOKIE_SAMESITE", "None"),
    ("dbx.E007", "SESSION_COOKIE_SAMESITE", False),
    ("dbx.E008", "BASE_URL", "http://flights.example.org"),
    ("dbx.E009", "SECURE_HSTS_SECONDS", 0),
    ("dbx.E010", "SECURE_SSL_REDIRECT", False),
    ("dbx.E011", "PASSWORD_HASHERS", ["django.contrib.auth.hashers.MD5PasswordHasher"]),
    ("dbx.E012", "TRUSTED_PROXIES", (ip_network("::/0"),)),
    ("dbx.W001", "SECOND_STEP_REQUIRED", False),
    ("dbx.W002", "ENCRYPTION_KEYS", derived_keyring(SECRET, "DBX_ENCRYPTION_KEYS")),
    ("dbx.W003", "API_KEY_PEPPERS", derived_keyring(SECRET, "DBX_API_KEY_PEPPERS")),
    ("dbx.W004", "EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend"),
]


@pytest.fixture
def sound(settings: Any) -> Any:
    for name, value in SOUND.items():
        setattr(settings, name, value)
    return settings


def test_sound_settings_break_no_rule(sound: Any) -> None:
    assert list(unsafe_settings()) == []


@pytest.mark.parametrize(("rule", "setting", "value"), UNSAFE, ids=lambda each: str(each)[:30])
def test_unsafe_setting_is_told_by_its_own_rule(
    rule: str, setting: str, value: Any, sound: Any
) -> None:
    """X2: switched on one by one, each is named, and nothing else is."""
    setattr(sound, setting, value)
    assert [each.id for each in unsafe_settings()] == [rule]


def test_every_rule_has_been_tried() -> None:
    assert {rule.id for rule in RULES} == {rule for rule, _, _ in UNSAFE}


def test_rules_bind_in_production_only(sound: Any) -> None:
    sound.DEBUG = True
    assert refuse_in_production() == []
    sound.PRODUCTION = True
    assert [each.id for each in refuse_in_production()] == ["dbx.E002"]


def check(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """``manage.py check`` as an operator of a real installation runs it."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.prod",
        "DBX_SECRET_KEY": SECRET,
        "DBX_ALLOWED_HOSTS": "flights.example.org",
        "DBX_BASE_URL": "https://flights.example.org",
        "DBX_TRUSTED_PROXIES": "10.0.0.0/8",
        "DBX_ENCRYPTION_KEYS": KEYS,
        "DBX_API_KEY_PEPPERS": KEYS,
        "DBX_EMAIL_URL": "smtp://mail.example.org:587?tls=1",
        "DBX_SECOND_STEP_REQUIRED": "1",
        **variables,
    }
    return subprocess.run(
        [sys.executable, "manage.py", "check", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_real_installation_passes_the_deployment_check() -> None:
    answer = check("--deploy", "--fail-level", "WARNING")
    assert (answer.returncode, answer.stderr) == (0, "")


def test_command_refuses_to_run_with_an_unsafe_setting() -> None:
    answer = check(DBX_BASE_URL="http://flights.example.org")
    assert answer.returncode == 1
    assert "dbx.E008" in answer.stderr
