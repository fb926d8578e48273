"""Two invented organizations to try the product with. Never part of a real installation's data."""
