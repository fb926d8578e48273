"""What kind of aircraft a flight's record is judged as."""

from __future__ import annotations

from aviation.flights.models import FlightSession
from aviation.telemetry.record import FlightRecord, VehicleType


def vehicle_type_of(session: FlightSession, record: FlightRecord) -> VehicleType:
    """The aircraft's registered type; the log's own word where none is registered."""
    registered = VehicleType(session.aircraft.aircraft_type)
    return record.vehicle_type if registered == VehicleType.UNKNOWN else registered
