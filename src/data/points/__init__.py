"""Data sets of points and bit vectors, sampled or printed in a textbook."""
