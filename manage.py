#!/usr/bin/env python
"""The operator's command line."""

from __future__ import annotations

import os
import sys

from django.core.management import execute_from_command_line

from aviation.tenants.context import Origin, coming_from

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.prod")
    with coming_from(Origin(work=" ".join(["manage.py", *sys.argv[1:2]]))):
        execute_from_command_line(sys.argv)
