"""What all installations share. Safe by default: debug off, no default secret."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from csp.constants import NONE, SELF

from aviation.common.gcra.rules import Policy
from config import env
from config.audited import AUDITED_TABLES as AUDITED_TABLES
from config.audited import UNAUDITED_MODELS as UNAUDITED_MODELS
from config.cached import TOPIC_TABLES as TOPIC_TABLES
from config.schedule import SCHEDULE

ROOT = Path(__file__).resolve().parents[2]
VAR = env.folder("DBX_VAR", ROOT / "var")

DEBUG = False
SECRET_KEY = env.text("DBX_SECRET_KEY")
ALLOWED_HOSTS = env.words("DBX_ALLOWED_HOSTS")
BASE_URL = env.text("DBX_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = [BASE_URL]

# -- secrets with numbers, so that each can be rotated (docs/security.md)
ENCRYPTION_KEYS = env.keyring("DBX_ENCRYPTION_KEYS", SECRET_KEY)
API_KEY_PEPPERS = env.keyring("DBX_API_KEY_PEPPERS", SECRET_KEY)

# -- proxies: whose X-Forwarded-For is believed
TRUSTED_PROXIES = env.networks("DBX_TRUSTED_PROXIES")
TRUST_UNIX_SOCKET = "unix" in env.words("DBX_TRUSTED_PROXIES")

# Apps whose tables live in "public", and apps whose tables live in each organization's schema.
SHARED_APPS = [
    "aviation.common",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "aviation.audit",
    "aviation.tenants",
    "aviation.caching",
    "accounts",
    "maintenance",
    "axes",
]
ORGANIZATION_APPS = [
    "aviation.fleet",
    "aviation.flights",
    "aviation.telemetry",
    "aviation.mlresults",
    "analytics",
]
INSTALLED_APPS = [
    "unfold",
    "pgtrigger",
    *SHARED_APPS,
    *ORGANIZATION_APPS,
    "aviation.pages",
    "aviation.demo",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "accounts.api_keys.in_query.KeyInQueryMiddleware",
    "aviation.common.middleware.RequestLogMiddleware",
    "accounts.answers.middleware.ProgramReadsMiddleware",
    "aviation.tenants.middleware.OwnDomainMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "aviation.common.security_headers.SecurityHeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "aviation.common.middleware.BodySizeMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "accounts.limits.writes.ProgramWritesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.signing_in.devices.KnownDeviceMiddleware",
    "accounts.middleware.OrganizationMiddleware",
    "accounts.limits.middleware.RateLimitMiddleware",
]

ROOT_URLCONF = "config.urls"
ORGANIZATION_URLCONF = "config.urls_organization"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context_processors.organization",
            ]
        },
    }
]

# -- database: "default" is the application role; "owner" does DDL and may be absent
# TIME_LIMITS and ORGANIZATIONS_PER_CONNECTION are read by our own backend (docs/tenancy.md).
_POOLED = env.flag("DATABASE_POOLED")
_COMMON = {
    "ATOMIC_REQUESTS": True,
    "CONN_MAX_AGE": 300,
    "CONN_HEALTH_CHECKS": True,
    "DISABLE_SERVER_SIDE_CURSORS": _POOLED,
    "TIME_LIMITS": {"statement_s": 60, "lock_s": 10},
    "ORGANIZATIONS_PER_CONNECTION": 50,
}
_OWNER = {"ATOMIC_REQUESTS": False, "TIME_LIMITS": {"statement_s": 0, "lock_s": 3}}
DATABASES = {"default": env.database("DATABASE_URL") | _COMMON}
if env.text("DATABASE_OWNER_URL", ""):
    DATABASES["owner"] = env.database("DATABASE_OWNER_URL") | _COMMON | _OWNER
DATABASE_ROUTERS = ["aviation.tenants.routers.OrganizationRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- cache and tasks
REDIS_URL = env.text("REDIS_URL", "redis://127.0.0.1:6379/0")
_REDIS_CACHE = {
    "BACKEND": "django_redis.cache.RedisCache",
    "LOCATION": REDIS_URL,
    "OPTIONS": {
        "SOCKET_CONNECT_TIMEOUT": 0.5,
        "SOCKET_TIMEOUT": 0.5,
        "IGNORE_EXCEPTIONS": True,
        "SERIALIZER": "aviation.common.signed_cache.SignedPickleSerializer",
    },
}
CACHES = {
    "default": _REDIS_CACHE
    | {"KEY_PREFIX": "dbx", "KEY_FUNCTION": "aviation.tenants.caching.organization_key"},
}
DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS = True
# What aviation.caching keeps: in each process, and in Redis for an organization and policy.
CACHE_MEMORY_BYTES = env.number("DBX_CACHE_MEMORY_MB", 32) * 1_000_000
CACHE_ROOM_BYTES = 20_000_000

# -- limits: requests a minute by class of endpoint, and how many of them at once; of a person,
# a key or token family, or a stranger's network. Organizations and keys have limits of their own.
RATE_LIMITS = {
    "sign_in": Policy(60, burst=30),
    "api_read": Policy(1_200, burst=600),
    "api_write": Policy(600, burst=300),
    "telemetry": Policy(1_200, burst=600),
    "upload": Policy(120, burst=60),
    "page": Policy(1_200, burst=600),
    "anonymous": Policy(300, burst=150),
}
RATE_LIMIT_FACTOR = max(1, env.number("DBX_RATE_LIMIT_FACTOR", 1))
RATE_LIMIT_PREFIX = "dbx-limit"

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://").replace(
    "?db=", "?virtual_host="
)
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 1_800
CELERY_TASK_SOFT_TIME_LIMIT = 1_740
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 600_000  # kB
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 2_400,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    # A page that queues work gives up after a moment; the sweep queues it later.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.1,
}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = SCHEDULE

# -- people
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.EmailBackend"]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/sign-in/"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "full_name")},
    },
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
    {"NAME": "accounts.signing_in.lengths.LongestPasswordValidator"},
    {"NAME": "accounts.signing_in.names.NamesValidator"},
    {"NAME": "accounts.signing_in.breached.BreachedPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 3_600
SECOND_STEP_REQUIRED = env.flag("DBX_SECOND_STEP_REQUIRED", "1")
BREACHED_PASSWORDS_FILE = env.text("DBX_BREACHED_PASSWORDS", "")
GEOIP_FILE = env.text("DBX_GEOIP_FILE", "")
# In the database alone: a session ended there is ended, whatever a cache remembers.
SESSION_ENGINE = "accounts.sessions.store"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3_600
# Seconds a session lasts without a request, and at most; the strictest role of a person decides.
_SHORT, _LONG = (3_600, 12 * 3_600), (24 * 3_600, SESSION_COOKIE_AGE)
SESSION_LIFETIMES = {
    "platform": _SHORT,
    "admin": _SHORT,
    "manager": _SHORT,
    "analyst": _LONG,
    "pilot": _LONG,
    "user": _LONG,
    "readonly": _LONG,
}
PROOF_LIFETIME_S = 600
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "accounts.views.csrf_failure"

# django-axes keeps the record of sign-ins; the limit itself is ours and stands before the
# password hash (docs/security.md), so that its backend and
# middleware, which would lock people out, are not needed.
AXES_HANDLER = "accounts.signing_in.record.SignInRecord"
AXES_LOCK_OUT_AT_FAILURE = False
AXES_RESET_ON_SUCCESS = False
AXES_ENABLE_ACCESS_FAILURE_LOG = True
AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "accounts.origins.client_address"
SILENCED_SYSTEM_CHECKS = ["axes.W002", "axes.W003"]

# -- mail; without a server there is none: printed, its links would stand in the logs
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
if env.text("DBX_EMAIL_URL", ""):
    globals().update(env.mail(env.text("DBX_EMAIL_URL")))
DEFAULT_FROM_EMAIL = env.text("DBX_EMAIL_FROM", "DBX Aviation <no-reply@localhost>")

# -- headers
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
MAP_TILE_URL = env.text("DBX_MAP_TILE_URL", "")
MAP_TILE_ATTRIBUTION = env.text("DBX_MAP_TILE_ATTRIBUTION", "")
_TILE_HOSTS = ["/".join(MAP_TILE_URL.split("/")[:3])] if MAP_TILE_URL else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:", *_TILE_HOSTS],
        "connect-src": [SELF],
        "font-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# -- files
STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
WHITENOISE_ALLOW_ALL_ORIGINS = False
# Leaflet's files come from django-leaflet's wheel; as an app it would ask for GDAL.
_LEAFLET = Path(str(find_spec("leaflet").origin)).parent / "static"  # type: ignore[union-attr]
STATICFILES_DIRS = [ROOT / "static", _LEAFLET]
MEDIA_ROOT = env.folder("DBX_MEDIA", VAR / "media")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.static.HashedStaticFilesStorage"},
    "backups": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": env.folder("DBX_BACKUP_FOLDER", VAR / "backups")},
    },
}
# Name, address of the service (empty: AWS) and folder; without a name the folder above counts.
BACKUP_BUCKET = env.text("DBX_BACKUP_BUCKET", "") and (
    env.text("DBX_BACKUP_BUCKET"),
    env.text("DBX_BACKUP_ENDPOINT", ""),
    env.text("DBX_BACKUP_BUCKET_FOLDER", ""),
)
FILE_UPLOAD_PERMISSIONS = 0o640
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o750
MAX_LOG_BYTES = env.number("DBX_MAX_LOG_MB", 512) * 1024**2
DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

# What reads a freshly parsed flight beside the telemetry store; apps above it are named here.
FLIGHT_RECORD_READERS = ["aviation.mlresults.services.analyse_flight"]
# What is asked before an organization's data or a flight is deleted; each may raise DomainError.
ORGANIZATION_REMOVAL_GUARDS = ["maintenance.retention.holds.refuse_held_organization"]
FLIGHT_DELETION_GUARDS = ["maintenance.retention.holds.refuse_held_flight"]
# What may speak against deleting a flight: each answers a sentence, or nothing.
FLIGHT_DELETION_CAUTIONS = ["maintenance.retention.logbook.logbook_caution"]
# What is asked about the SHA-256 of a log before it is kept; each may raise DomainError.
LOG_UPLOAD_GUARDS = ["maintenance.retention.uploads.refuse_recycled_log"]

# -- language and time
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False
FORMAT_MODULE_PATH = "config.formats"

# -- API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.rest.CallerAuthentication",
        "accounts.rest.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.rest.DeclaredPermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "rest_framework.parsers.JSONParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "aviation.common.rest.NewestFirstPagination",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "aviation.common.rest.problem_response",
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "DBX Aviation",
    "DESCRIPTION": "Flight logs, flights, telemetry and their analysis, for one organization.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
}
FILTERS_EMPTY_CHOICE_LABEL = "Any"

# -- admin
UNFOLD = {
    "SITE_TITLE": "DBX Aviation",
    "SITE_HEADER": "DBX Aviation",
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": True,
}

# -- logs: one JSON object a line; what follows these is a secret that came by mail
SECRET_PATHS = ("/password-reset/", "/verify-email/", "/invitation/", "/account/email/")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "aviation.common.logs.json_formatter", "secret_paths": SECRET_PATHS}
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": env.text("DBX_LOG_LEVEL", "INFO")},
    "loggers": {
        "django.server": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
    },
}
LOGGING_CONFIG = "aviation.common.logs.configure"
