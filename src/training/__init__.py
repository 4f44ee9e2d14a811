"""One run from its config to its results: training, resuming, measuring."""
