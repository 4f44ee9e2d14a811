"""Configs: their schema, how they are composed, checked and instantiated. Imports no torch."""
