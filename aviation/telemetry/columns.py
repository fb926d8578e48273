"""Which canonical channels have a column in ``telemetry_point``, and of which Arrow type."""

from __future__ import annotations

import pyarrow as pa

COLUMN_TYPES: dict[str, pa.DataType] = {
    "latitude": pa.float64(),
    "longitude": pa.float64(),
    "altitude_m": pa.float32(),
    "height_m": pa.float32(),
    "ground_speed_ms": pa.float32(),
    "airspeed_ms": pa.float32(),
    "vertical_speed_ms": pa.float32(),
    "roll_deg": pa.float32(),
    "pitch_deg": pa.float32(),
    "yaw_deg": pa.float32(),
    "battery_voltage_v": pa.float32(),
    "battery_current_a": pa.float32(),
    "battery_percentage": pa.float32(),
    "vibration_x_ms2": pa.float32(),
    "vibration_y_ms2": pa.float32(),
    "vibration_z_ms2": pa.float32(),
    "gps_hdop": pa.float32(),
    "gps_satellites": pa.int16(),
    "gps_fix_type": pa.int16(),
}
"""In the table's order; a test holds it equal to the model and to the database."""
