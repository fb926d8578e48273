"""The test-suite: real servers, quick password hashing, files in a throw-away folder."""

from config.settings.dev import *

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
WHITENOISE_AUTOREFRESH = True
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise warns where it is missing
RATE_LIMIT_FACTOR = 1_000  # hundreds of requests a test; the limits' own tests set it to 1
