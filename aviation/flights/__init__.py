"""Flights and the logs they come from."""
