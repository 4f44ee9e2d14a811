"""Data sets of ratings of items by users."""
