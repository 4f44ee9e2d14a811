"""Figures of functions: activations, losses, approximations."""
