"""Graphs: reading, random walks, affinities and held-out edges. NumPy and SciPy only."""

from .graph import Graph

__all__ = ["Graph"]
