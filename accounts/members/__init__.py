"""The people of an organization, and inviting more of them."""
