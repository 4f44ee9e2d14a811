"""Losses of real outputs."""
