"""Where to listen: ``udp:127.0.0.1:14550``. What names no host listens on this machine alone."""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass

from aviation.common.errors import Conflict, Rejected

LOOPBACK = "127.0.0.1"
RECEIVE_BUFFER_BYTES = 4 * 1024**2
"""Asked for; the system may grant less. It holds what arrives while we are busy."""
_FORM = re.compile(r"udp(?:in)?:(?:(?P<host>\[[^\]]*\]|[^:\[\]]*):)?(?P<port>[0-9]{1,5})\Z")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address of this machine and a port."""

    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        return ipaddress.ip_address(self.host).is_loopback

    def __str__(self) -> str:
        return (
            f"udp:[{self.host}]:{self.port}" if ":" in self.host else f"udp:{self.host}:{self.port}"
        )


def parse_endpoint(text: str) -> Endpoint:
    """``udp:PORT`` or ``udp:ADDRESS:PORT``. Raises Rejected in words for a person."""
    match = _FORM.match(text)
    if match is None or not 0 < int(match["port"]) < 65_536:
        raise Rejected(f"{text!r} is no address to listen on; write it as udp:127.0.0.1:14550.")
    host = (match["host"] or LOOPBACK).strip("[]")
    if host == "localhost":
        host = LOOPBACK
    try:
        ipaddress.ip_address(host)
    except ValueError:
        raise Rejected(f"{host!r} is no IP address of this machine.") from None
    return Endpoint(host, int(match["port"]))


def open_socket(endpoint: Endpoint) -> socket.socket:
    """A socket that receives there. Raises Conflict when the address is not to be had."""
    family = socket.AF_INET6 if ":" in endpoint.host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_DGRAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        opened.bind((endpoint.host, endpoint.port))
    except OSError as error:
        opened.close()
        raise Conflict(f"Cannot listen on {endpoint}: {error.strerror}.") from None
    return opened
