"""Vectors of ids and tokens."""
