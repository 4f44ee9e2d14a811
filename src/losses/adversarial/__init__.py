"""Losses of a generator and a discriminator."""
