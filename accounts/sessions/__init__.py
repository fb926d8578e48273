"""Signed-in browsers: their store, their lifetimes, their list."""
