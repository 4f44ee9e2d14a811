"""Training of runs: planning, training, resuming, evaluation."""
