"""Texts as tokens, and what a language model makes of them."""
