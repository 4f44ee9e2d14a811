"""Explanations of networks for images: which pixels a class or a hidden unit depends on, and what excites it most."""
