"""The aircraft an organization flies."""
