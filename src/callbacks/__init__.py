"""Callbacks and loggers: checkpoints, progress, figures, metrics."""
