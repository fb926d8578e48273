"""The web process: ``granian --interface wsgi config.wsgi:application``."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.prod")

application = get_wsgi_application()

# A request is a cycle of objects, and with it goes the body that somebody sent: only the collector
# frees it. What is loaded by now stays for good; left out of the collector's sight, it neither
# slows it down nor keeps it from looking often. The second run notes how little there is to see.
gc.collect()
gc.freeze()
gc.collect()
