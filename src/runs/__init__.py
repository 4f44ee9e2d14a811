"""Runs on disk: directories, checkpoints, names, logs and signals."""
