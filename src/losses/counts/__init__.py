"""Losses of counts of pairs, such as words that occur near each other."""
