"""How dates are written where nothing else says how: in the admin, as on the pages."""
