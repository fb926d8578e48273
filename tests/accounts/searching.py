"""Looking for many texts in a large file at once: one pass, however many they are."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path


def found_in(file: Path, texts: Iterable[str]) -> set[str]:
    """Those of the texts that the file holds, as they are or their bytes as hexadecimal digits."""
    forms = {form: text for text in texts for form in (text, text.encode().hex())}
    wanted = file.with_suffix(".wanted")
    wanted.write_text("\n".join(forms) + "\n")
    search = subprocess.run(
        ["grep", "--fixed-strings", "--only-matching", "--text", "--file", wanted, file],
        stdout=subprocess.PIPE,
        env=os.environ | {"LC_ALL": "C"},
        text=True,
    )
    if search.returncode not in (0, 1):
        raise RuntimeError(f"grep ended with {search.returncode}")
    return {forms[form] for form in search.stdout.splitlines()}
