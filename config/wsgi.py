"""The web process: ``granian --interface wsgi config.wsgi:application``."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application

from aviation.tenants.postgresql.silence import give_up_on_silence
from config.memory import give_back_large_blocks

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.prod")

give_back_large_blocks()
give_up_on_silence()
# Arrow takes what it needs from the same place: a pool of its own keeps what it had.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
application = get_wsgi_application()

# A request is a cycle of objects, and with it goes the body that somebody sent: only the collector
# frees it. What is loaded by now stays for good; left out of the collector's sight, it neither
# slows it down nor keeps it from looking often. The second run notes how little there is to see.
gc.collect()
gc.freeze()
gc.collect()
