"""Static files under names that carry their hash, so that browsers may keep them for ever."""

from __future__ import annotations

from django.contrib.staticfiles.storage import ManifestFilesMixin
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Django's own rule for imports between modules, which is private and off by default: for all
# packages' files it fails on one that names a file it does not ship. Ours are sound.
_MODULE_IMPORTS = ManifestFilesMixin._js_module_import_aggregation_patterns[1]  # type: ignore[attr-defined]


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Rewrites the imports between our own modules too."""

    patterns = (*ManifestFilesMixin.patterns, ("dbx/js/*.js", _MODULE_IMPORTS))
