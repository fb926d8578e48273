"""Points sent by aircraft: read, judged one by one, stored and acknowledged."""
