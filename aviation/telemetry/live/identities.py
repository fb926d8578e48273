"""Which aircraft a MAVLink system number stands for. Never guessed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aviation.common.errors import NotFound, Rejected
from aviation.fleet.models import Aircraft

SPECIFICATION = "mavlink_system_id"
"""The name in an aircraft's specifications that holds its number."""
LOWEST, HIGHEST = 1, 255


@dataclass(frozen=True, slots=True)
class Identities:
    """Aircraft by system number; ``shared`` are numbers that several aircraft claim."""

    aircraft: dict[int, Aircraft]
    shared: dict[int, list[str]]


def find_identities(named: Sequence[str]) -> Identities:
    """``named`` are pairs such as ``1=D-EABC``; the rest is in the aircraft's specifications.

    Raises Rejected for a pair that is none and NotFound for a registration nobody has.
    """
    fleet = list(Aircraft.objects.flyable())
    by_name = {each.registration.upper(): each for each in fleet}
    chosen = {}
    for pair in named:
        system, registration = _pair(pair)
        if system in chosen:
            raise Rejected(f"System {system} is named twice.")
        if registration.upper() not in by_name:
            raise NotFound(f"There is no aircraft {registration!r} in service here.")
        chosen[system] = by_name[registration.upper()]
    return _with_specified(chosen, fleet)


def _pair(text: str) -> tuple[int, str]:
    number, _, registration = text.partition("=")
    if not (number.isascii() and number.isdigit()) or not registration.strip():
        raise Rejected(f"{text!r} names no aircraft; write it as 1=REGISTRATION.")
    if not LOWEST <= int(number) <= HIGHEST:
        raise Rejected(f"MAVLink numbers systems from {LOWEST} to {HIGHEST}, not {number}.")
    return int(number), registration.strip()


def _with_specified(chosen: dict[int, Aircraft], fleet: Iterable[Aircraft]) -> Identities:
    """An aircraft that is named goes by that alone; a number that is named is taken."""
    named = {each.pk for each in chosen.values()}
    claims: dict[int, list[Aircraft]] = {}
    for each in fleet:
        number = each.specifications.get(SPECIFICATION)
        is_number = isinstance(number, int) and not isinstance(number, bool)
        if is_number and number not in chosen and each.pk not in named:
            claims.setdefault(number, []).append(each)
    alone = {number: own[0] for number, own in claims.items() if len(own) == 1}
    shared = {n: [each.registration for each in own] for n, own in claims.items() if len(own) > 1}
    return Identities(chosen | alone, shared)
