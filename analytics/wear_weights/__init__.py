"""The versions of the wear score's weights: tried on the fleet before they are put to use."""
