"""Platform staff inside an organization: for a reason, for a while, and on record."""
