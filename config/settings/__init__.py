"""Settings: ``base`` is safe on its own; ``dev``, ``test`` and ``prod`` say what differs."""
