"""Metrics of an epoch, one kind of prediction a file."""
