"""Reading what was stored: statistics, exports, where the fleet is, and who passed a place."""
