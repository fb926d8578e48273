"""Who can sign in to the demo."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.choices import Role
from aviation.telemetry.simulation.demo_fleet import DemoOrganization


@dataclass(frozen=True, slots=True)
class DemoPerson:
    name: str
    email: str
    role: str


GUESTS = (
    DemoPerson("Robin Field", "robin@dbx.example.org", Role.ADMIN),
    DemoPerson("Sam Viewer", "sam@dbx.example.org", Role.READONLY),
)
"""Members of both organizations beside their own crews: they see the switcher."""


def people_of(demo: DemoOrganization) -> list[DemoPerson]:
    crew = [DemoPerson(pilot.name, pilot.email, pilot.role) for pilot in demo.pilots]
    return [*crew, *GUESTS]


def sign_ins(demo: DemoOrganization) -> list[str]:
    """A line for each person: address, role and organization."""
    return [
        f"{person.email:<48} {Role(person.role).label} of {demo.name}" for person in people_of(demo)
    ]
