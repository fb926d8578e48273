"""What may be answered from memory, for how long, and how it is known to be true still."""
