"""Losses of the margin, for two classes or one-vs-rest."""
