"""Training step by step, for a class: every number of a small network, perceptron updates, gradients, weights."""
