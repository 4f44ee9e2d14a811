"""Figures of numbers: metrics, ratings, predicted values."""
