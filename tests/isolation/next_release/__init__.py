"""The fleet's migrations as a later release would have them: those there are, and one more.

Set in MIGRATION_MODULES by the tests that migrate.
"""

from pathlib import Path

import aviation.fleet.migrations as present

PRESENT = Path(present.__path__[0])
__path__.append(str(PRESENT))
