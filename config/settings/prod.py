"""A real installation, behind TLS."""

from config.settings.base import *

PRODUCTION = True  # every command refuses unsafe settings: aviation/common/production_checks.py
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^api/health"]
SECURE_HSTS_SECONDS = 365 * 24 * 3_600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_NAME = "__Host-csrf"
if TRUSTED_PROXIES or TRUST_UNIX_SOCKET:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
