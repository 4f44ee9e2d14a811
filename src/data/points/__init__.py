"""Data sets of points and bit vectors, drawn or printed in a text."""
