"""``make bench``: what the product's speed is measured against, in one run on one machine."""
