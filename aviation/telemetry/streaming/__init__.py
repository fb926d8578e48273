"""Flights whose points were sent one by one: ended after a silence and made whole flights."""
