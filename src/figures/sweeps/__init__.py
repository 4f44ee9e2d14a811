"""Figures of a hyperparameter sweep, from plain records of its trials."""
