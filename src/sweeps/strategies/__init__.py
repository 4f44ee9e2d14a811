"""Strategies: how the parameters of the next trial of a sweep are chosen."""
