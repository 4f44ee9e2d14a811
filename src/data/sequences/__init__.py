"""Data sets of sequences of numbers and symbols."""
