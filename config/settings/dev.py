"""``make run``: this machine only, without TLS."""

from config import env
from config.settings.base import *

ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *ALLOWED_HOSTS]
SECOND_STEP_REQUIRED = env.flag("DBX_SECOND_STEP_REQUIRED", "0")
if not env.text("DBX_EMAIL_URL", ""):
    EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
SESSION_COOKIE_SECURE = False
CSRF_COOKIE_SECURE = False
CSRF_TRUSTED_ORIGINS = [BASE_URL, "http://localhost:8000"]
# Static files straight from the packages that bring them: nothing to collect before a start.
STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
WHITENOISE_USE_FINDERS = True
