"""Upkeep of the platform's data, never of aircraft."""
