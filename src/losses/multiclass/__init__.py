"""Losses that compare all classes with each other."""
