"""Losses of several classes at once."""
