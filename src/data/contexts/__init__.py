"""Data whose examples are tokens with their neighbours in sequences of tokens."""
