"""A flight simulator: writes PX4 logs of healthy and faulty flights, the same for the same seed.

It feeds the demonstration and the tests through the real import path.
"""

from aviation.telemetry.simulation.flight import SimulatedFlight, simulate
from aviation.telemetry.simulation.plan import Fault, FaultKind, FlightPlan, Truth

__all__ = ["Fault", "FaultKind", "FlightPlan", "SimulatedFlight", "Truth", "simulate"]
