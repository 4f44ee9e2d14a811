"""Tokenizers, vocabularies, word vectors, and text generation with language models."""
