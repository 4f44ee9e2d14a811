"""Conversion of raw examples to inputs of the network, fitted to the training data and stored with the network."""
