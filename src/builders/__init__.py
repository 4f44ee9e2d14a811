"""Builds data, networks, losses and tasks from a config."""
