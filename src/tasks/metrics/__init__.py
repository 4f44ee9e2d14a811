"""Metrics of an epoch for each kind of prediction."""
