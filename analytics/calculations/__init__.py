"""Formulas of the figures: values in, values out, no database."""
