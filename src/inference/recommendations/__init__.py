"""Recommendation of items to users by networks that predict ratings."""
