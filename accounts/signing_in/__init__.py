"""Signing in: proving a password, counting guesses, reset by mail, checked addresses."""
