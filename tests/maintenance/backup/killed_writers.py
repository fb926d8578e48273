"""A process that is killed while it writes into a store."""

from __future__ import annotations

import signal
import subprocess
import sys

from maintenance.backup.folder_store import FolderStore

WRITER = """
import sys, time
from pathlib import Path
from maintenance.backup.folder_store import FolderStore
with FolderStore(Path(sys.argv[1])).writing(sys.argv[2]) as file:
    file.write(b"half a file")
    file.flush()
    print("written", flush=True)
    time.sleep(600)
"""


def be_killed_writing(store: FolderStore, name: str) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(store.folder), name],
        stdout=subprocess.PIPE,
        text=True,
    )
    with writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "written\n"
        writer.send_signal(signal.SIGKILL)
