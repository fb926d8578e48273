"""Figures about the fleet, derived from flights and their analyses and always rebuildable."""
