"""Embeddings of ids and tokens."""
