"""What the tooling says to a person when it cannot go on."""


class EmbeddedError(Exception):
    """Carries a message that is complete in itself: what is wrong and what to do about it."""
