"""Runs on disk: their directories, checkpoints, names and sweeps."""
