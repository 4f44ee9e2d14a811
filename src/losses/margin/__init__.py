"""Losses of the margin, of two classes or one against the rest."""
