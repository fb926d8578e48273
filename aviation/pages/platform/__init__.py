"""Pages of the platform's admin that draw with the product's own charts."""
