"""The UTC of boot from satellite time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from aviation.telemetry.formats.clock import boot_moment, utc_of_gps


@pytest.mark.parametrize(
    ("moment", "leap_seconds"),
    [
        (datetime(2016, 12, 31, 23, 59, 50, tzinfo=UTC), 17),
        (datetime(2017, 1, 1, 0, 1, 0, tzinfo=UTC), 18),
        (datetime(2015, 6, 30, 23, 0, 0, tzinfo=UTC), 16),
        (datetime(2015, 7, 1, 1, 0, 0, tzinfo=UTC), 17),
        (datetime(2012, 6, 1, tzinfo=UTC), 15),
        (datetime(2005, 6, 1, tzinfo=UTC), 13),
    ],
)
def test_gps_time_runs_ahead_of_utc_by_the_leap_seconds(
    moment: datetime, leap_seconds: int
) -> None:
    gps = moment - datetime(1980, 1, 6, tzinfo=UTC) + timedelta(seconds=leap_seconds)
    week, rest = divmod(gps, timedelta(weeks=1))
    unix_s = utc_of_gps(np.array([float(week)]), np.array([rest.total_seconds()]))
    assert unix_s[0] == pytest.approx(moment.timestamp())


def test_boot_moment_ignores_single_wrong_dates() -> None:
    boot = datetime(2024, 3, 1, 12, tzinfo=UTC)
    time_s = np.arange(10.0, 20.0)
    utc_s = boot.timestamp() + time_s
    utc_s[3] += 3_600
    found = boot_moment(time_s, utc_s)
    assert found is not None
    assert abs(found.at - boot) < timedelta(seconds=1e-3)


def test_boot_moment_states_how_far_it_may_be_off() -> None:
    time_s = np.arange(100.0)
    late_s = np.where(time_s % 2 == 0, 0.3, -0.3)
    found = boot_moment(time_s, 1_700_000_000 + time_s + late_s)
    assert found is not None
    assert found.uncertainty_s == pytest.approx(0.5, abs=0.31)
    assert found.uncertainty_s >= 0.2


def test_dates_before_satellites_had_any_are_no_clock() -> None:
    assert boot_moment(np.array([1.0, 2.0]), np.array([0.0, 12_345.0])) is None
