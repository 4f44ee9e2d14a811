"""Matplotlib figures of tensors and plain results, in a common `style`."""
