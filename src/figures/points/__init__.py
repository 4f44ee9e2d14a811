"""Figures of points."""
