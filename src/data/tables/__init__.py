"""Data sets of table rows, and the user's own tables and arrays."""
