"""Django with one view that answers bytes it holds: what reads from memory are held against.

No middleware, unless BENCH_MIDDLEWARE=1 puts the view behind all of the product's.
"""

from __future__ import annotations

import os

from config.settings.dev import *  # noqa: F403

ROOT_URLCONF = "benchmarks.bare_urls"
if not os.environ.get("BENCH_MIDDLEWARE"):
    MIDDLEWARE = []
DATABASES = {name: given | {"ATOMIC_REQUESTS": False} for name, given in DATABASES.items()}  # noqa: F405
