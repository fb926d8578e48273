"""Limits by GCRA: a bucket is kept as the one moment at which it is full again.

``rules`` says what is let through, ``spend.lua`` says the same inside Redis, so that all processes
share one count; ``local`` counts for one process alone while Redis is away.
"""
