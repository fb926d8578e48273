"""The real logs that tests may use, where the environment says they are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

PX4_LOGS = (
    "px4/esc_status_log.ulg",
    "px4/roboto_test.ulg",
    "px4/sample.ulg",
    "px4/sample_appended_multiple.ulg",
    "px4/sample_log_small.ulg",
    "px4/sample_logging_tagged_and_default_params.ulg",
    "px4/sample_px4_events.ulg",
)
ARDUPILOT_LOGS = ("ardupilot/log171.bin", "ardupilot/pymavlink_test.BIN")


def sample_log(name: str) -> Path:
    """The path of a real log; the test is skipped where there is none."""
    folder = os.environ.get("DBX_SAMPLE_LOGS")
    if not folder:
        pytest.skip("DBX_SAMPLE_LOGS does not name a folder of real logs")
    path = Path(folder) / name
    if not path.exists():
        pytest.skip(f"{name} is not among the real logs")
    return path
