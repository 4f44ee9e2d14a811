"""Figures of points in the plane."""
