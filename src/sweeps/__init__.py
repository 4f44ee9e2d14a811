"""Sweeps: many runs of one config with different settings, seeds and folds, compared by a validation metric."""
