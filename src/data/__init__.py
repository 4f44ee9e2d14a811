"""Data sets by kind of data, and what they share: `base`, `loader`, `holdout`."""
