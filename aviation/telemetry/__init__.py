"""Flight telemetry: reading logs, the canonical channels, and their stored history."""
