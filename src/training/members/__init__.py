"""Many runs of one architecture trained at once: stacked weights, one step for all, and a run directory for each."""
