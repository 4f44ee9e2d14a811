"""Losses of generative adversarial networks."""
