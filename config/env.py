"""Reading the environment: every variable the product knows, typed, in one place.

``KNOWN`` is what docs/install.md documents and what the compose file may set; a test holds the
three together.
"""

from __future__ import annotations

import os
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from aviation.common.keyring import Keyring, NotAKeyring, derived_keyring, read_keyring

KNOWN: dict[str, str] = {
    "DJANGO_SETTINGS_MODULE": "Which settings to run with: config.settings.prod, dev or test.",
    "DATABASE_URL": "PostgreSQL as the application role: postgresql://dbx_app:…@host/dbx",
    "DATABASE_OWNER_URL": "PostgreSQL as the owner of all objects, for migrations.",
    "DATABASE_READER_URL": "PostgreSQL as the read-only role, for reporting tools.",
    "DATABASE_POOLED": "1 when DATABASE_URL leads through a transaction pooler such as PgBouncer.",
    "REDIS_URL": "Redis for cache and task queue: redis://host:6379/0 or unix:///path?db=0",
    "DBX_SECRET_KEY": "Signs sessions and tokens; 50 or more random characters.",
    "DBX_ALLOWED_HOSTS": "Host names the site answers to, separated by commas.",
    "DBX_BASE_URL": "The address people use, such as https://flights.example.org",
    "DBX_PORT": "Port of the web process under make run and in Docker; default 8000.",
    "DBX_TRUSTED_PROXIES": "Networks your proxies call from: 10.0.0.0/8,unix; default: none.",
    "DBX_ENCRYPTION_KEYS": "Encrypts stored secrets: 1:<32 bytes in base64>,2:<...>",
    "DBX_API_KEY_PEPPERS": "Keys the digests of API keys: 1:<32 bytes in base64>,2:<...>",
    "DBX_RATE_LIMIT_FACTOR": "Multiplies every limit on requests; default 1.",
    "DBX_SECOND_STEP_REQUIRED": "0 lets administrators and managers in by password alone.",
    "DBX_BREACHED_PASSWORDS": "File of breached passwords' SHA-1, sorted, one a line; optional.",
    "DBX_GEOIP_FILE": "MMDB file that tells an address's country; optional.",
    "DBX_VAR": "Folder for everything that is written at run time.",
    "DBX_MEDIA": "Folder for uploaded logs; default: media inside DBX_VAR.",
    "DBX_MAX_LOG_MB": "Largest flight log accepted, in megabytes; default 512.",
    "DBX_CACHE_MEMORY_MB": "Memory each web process keeps answers in, in megabytes; default 32.",
    "DBX_EMAIL_URL": "Mail server: smtp://user:password@host:587?tls=1; unset: no mail.",
    "DBX_EMAIL_FROM": "Sender of the mails.",
    "DBX_MAP_TILE_URL": "Optional map tiles: https://tiles.example.org/{z}/{x}/{y}.png",
    "DBX_MAP_TILE_ATTRIBUTION": "Whose map the tiles are; shown on the map.",
    "DBX_ADMIN_URL": "PostgreSQL as its superuser, only to make roles and database once.",
    "DBX_BACKUP": "1 lets make run archive WAL for backups; default: off.",
    "DBX_BACKUP_FOLDER": "Folder for backups and archived WAL; default: backups inside DBX_VAR.",
    "DBX_BACKUP_BUCKET": "S3 bucket for them instead; with AWS's own variables for credentials.",
    "DBX_BACKUP_BUCKET_FOLDER": "Folder in that bucket; default: none.",
    "DBX_BACKUP_ENDPOINT": "Address of another S3-compatible service than AWS.",
    "DBX_BACKUP_KEYS": "Keys of backups: 1:AGE-SECRET-KEY-…,2:age1…; for operator's commands only.",
    "DBX_BACKUP_KEYS_FILE": "File with these keys, one a line, instead of DBX_BACKUP_KEYS.",
    "DBX_BACKUP_URL": "PostgreSQL as its superuser, to take backups; for operator's commands only.",
    "DBX_BACKUP_SCRATCH": "Folder with room for an unpacked backup; default: the temporary folder.",
    "DBX_POSTGRES_BIN": "Folder of PostgreSQL programs for make run; default: the bundled ones.",
    "DBX_REDIS_BIN": "Redis or Valkey server program for make run; default: the bundled one.",
    "DBX_LOG_LEVEL": "Least level that is logged; default INFO.",
    "DBX_DEMO_PASSWORD": "Password of the demo people; default: a random one, in var/demo.txt.",
}


def text(name: str, default: str | None = None) -> str:
    """The variable's value. Raises ImproperlyConfigured when unset and without default."""
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        raise ImproperlyConfigured(f"Set {name}: {KNOWN[name]}")
    return default


def number(name: str, default: int) -> int:
    value = text(name, str(default))
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from None


def flag(name: str, default: str = "0") -> bool:
    return text(name, default).lower() in {"1", "true", "yes", "on"}


def keyring(name: str, derived_from: str) -> Keyring:
    """Numbered keys; unset, one key derived from another secret."""
    value = text(name, "")
    if not value:
        return derived_keyring(derived_from, name)
    try:
        return read_keyring(value)
    except NotAKeyring as error:
        raise ImproperlyConfigured(f"{name}: {error}") from None


def networks(name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Networks in CIDR notation; the word ``unix`` is not one of them."""
    given = [word for word in words(name) if word != "unix"]
    try:
        return tuple(ip_network(word, strict=False) for word in given)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}") from None


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def folder(name: str, default: Path) -> Path:
    return Path(text(name, str(default))).resolve()


def database(name: str) -> dict[str, object]:
    """A DATABASES entry from a postgresql:// URL; a host starting with / is a socket folder."""
    url = urlsplit(text(name))
    if url.scheme not in {"postgresql", "postgres"}:
        raise ImproperlyConfigured(f"{name} must be a postgresql:// address.")
    query = dict(parse_qsl(url.query))
    netloc_host = url.netloc.rpartition("@")[2]
    host = unquote(netloc_host.partition(":")[0]) if netloc_host else ""
    return {
        "ENGINE": "aviation.tenants.postgresql",
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": query.pop("host", host),
        "PORT": query.pop("port", str(url.port or "") if not host.startswith("/") else ""),
        "OPTIONS": query,
    }


def mail(url: str) -> dict[str, object]:
    """Django's mail settings from smtp://user:password@host:port?tls=1 (or ssl=1)."""
    parts = urlsplit(url)
    if parts.scheme != "smtp":
        raise ImproperlyConfigured("DBX_EMAIL_URL must be an smtp:// address.")
    query = dict(parse_qsl(parts.query))
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname or "localhost",
        "EMAIL_PORT": parts.port or 25,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": query.get("tls") == "1",
        "EMAIL_USE_SSL": query.get("ssl") == "1",
        "EMAIL_TIMEOUT": 10,
    }
