"""Inference with trained networks: load, predict, encode, sample."""
