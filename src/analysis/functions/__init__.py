"""Networks as functions: approximation, bias and variance, loss surfaces."""
