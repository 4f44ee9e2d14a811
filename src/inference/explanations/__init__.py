"""Explanations of trained networks, in the pixels of the user."""
