"""A person's own account: name, address, password."""
