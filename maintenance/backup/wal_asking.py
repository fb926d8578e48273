"""``restore_command`` of a throw-away server: asks the process that started it for a file.

``python -I -S wal_asking.py SOCKET FOLDER %f %p``. It is started for each file of WAL, so it loads
next to nothing and is run by its path. Exits as the other restore_command does: 0 when the file is
there, 1 when the archive has none of that name, and 255 for everything else.
"""

from __future__ import annotations

import os
import socket
import sys

FOUND, MISSING = "found", "missing"
NOT_THERE, STOP = 1, 255
PATIENCE_S = 120.0


def main(arguments: list[str]) -> int:
    try:
        address, folder, name, path = arguments
        answer = ask(address, name)
        if answer == FOUND:
            os.rename(f"{folder}/{name}", path)
            return 0
    except Exception as problem:  # Python itself would exit with 1, which says "not there"
        answer = f"{arguments} cannot be had: {problem}"
    if answer == MISSING:
        return NOT_THERE
    sys.stderr.write(f"{answer or 'Nobody fetches WAL any more.'}\n")
    return STOP


def ask(address: str, name: str) -> str:
    """What the other end says: a word, or in words why there is no answer. Raises OSError."""
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(PATIENCE_S)
        asking.connect(address)
        asking.sendall(f"{name}\n".encode())
        with asking.makefile() as answer:
            return answer.read()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
