"""Aircraft on the air: MAVLink as pymavlink writes it, over a socket or as bytes."""

from __future__ import annotations

import math
import socket
from dataclasses import dataclass, field
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as dialect

from aviation.telemetry.live.frames import Frame, FrameReader
from aviation.telemetry.live.instants import Instant

FLYING = dialect.MAV_MODE_FLAG_SAFETY_ARMED | dialect.MAV_MODE_FLAG_CUSTOM_MODE_ENABLED


class Radio:
    """Writes frames of one component, numbered from 0."""

    def __init__(self, system: int = 1, component: int = 1) -> None:
        self._link = dialect.MAVLink(None, srcSystem=system, srcComponent=component)

    def frame(self, message: Any) -> bytes:
        raw = bytes(message.pack(self._link))
        self.skip(1)
        return raw

    def skip(self, count: int) -> None:
        """As if ``count`` messages had been lost on the way."""
        self._link.seq = (self._link.seq + count) % 256

    def frames(self, *messages: Any) -> list[bytes]:
        return [self.frame(message) for message in messages]


def decoded(message: Any, system: int = 1, component: int = 1) -> Frame:
    """A message as it comes out at the other end: rounded and cut like the wire does."""
    (frame,) = FrameReader().read(Radio(system, component).frame(message))
    return frame


@dataclass
class Time:
    """A clock that the test moves."""

    utc_s: float
    running_s: float = 1_000.0

    def __call__(self) -> Instant:
        return Instant(self.utc_s, self.running_s)

    def advance(self, by_s: float) -> None:
        self.utc_s += by_s
        self.running_s += by_s


@dataclass
class Sender:
    """A socket that sends to one port of this machine, where somebody listens."""

    port: int
    socket: socket.socket = field(
        default_factory=lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    )

    def send(self, *datagrams: bytes) -> None:
        for datagram in datagrams:
            self.socket.sendto(datagram, ("127.0.0.1", self.port))


def heartbeat(base_mode: int = FLYING, kind: int = dialect.MAV_TYPE_QUADROTOR) -> Any:
    return dialect.MAVLink_heartbeat_message(
        kind, dialect.MAV_AUTOPILOT_ARDUPILOTMEGA, base_mode, 0, dialect.MAV_STATE_ACTIVE, 3
    )


def position(boot_s: float, latitude: float = 46.5, longitude: float = 8.25) -> Any:
    return dialect.MAVLink_global_position_int_message(
        time_boot_ms=round(boot_s * 1_000),
        lat=round(latitude * 1e7),
        lon=round(longitude * 1e7),
        alt=1_450_500,
        relative_alt=100_250,
        vx=300,
        vy=400,
        vz=-150,
        hdg=27_000,
    )


def attitude(boot_s: float, yaw_deg: float = -90.0) -> Any:
    return dialect.MAVLink_attitude_message(
        time_boot_ms=round(boot_s * 1_000),
        roll=math.radians(10),
        pitch=math.radians(-5),
        yaw=math.radians(yaw_deg),
        rollspeed=0.0,
        pitchspeed=0.0,
        yawspeed=0.0,
    )


def supply(*, voltage_mv: int = 22_200, current_ca: int = 1_520, left: int = 81) -> Any:
    return dialect.MAVLink_sys_status_message(
        0, 0, 0, 455, voltage_mv, current_ca, left, 0, 0, 0, 0, 0, 0
    )


def system_time(boot_s: float, unix_s: float) -> Any:
    return dialect.MAVLink_system_time_message(round(unix_s * 1e6), round(boot_s * 1_000))


def receiver(fix_type: int = 3, **changes: Any) -> Any:
    fields = {
        "time_usec": 0,
        "fix_type": fix_type,
        "lat": 465_000_000,
        "lon": 82_500_000,
        "alt": 1_450_000,
        "eph": 85,
        "epv": 120,
        "vel": 512,
        "cog": 0,
        "satellites_visible": 17,
        "alt_ellipsoid": 0,
        "h_acc": 640,
        "v_acc": 910,
        "vel_acc": 150,
    }
    return dialect.MAVLink_gps_raw_int_message(**fields | changes)
