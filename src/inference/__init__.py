"""Trained networks in use: load, predict, encode, sample."""
