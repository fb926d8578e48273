"""How often who may ask: policies, whose requests count together, and what is answered."""
