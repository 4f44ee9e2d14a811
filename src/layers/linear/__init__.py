"""Linear maps under constraints, threshold and maxout units."""
