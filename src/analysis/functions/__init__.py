"""Networks as functions: what they approximate, how much their estimates vary."""
