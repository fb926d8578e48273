"""Aircraft that are in the air now: listening to their radio, and where each was heard last."""
