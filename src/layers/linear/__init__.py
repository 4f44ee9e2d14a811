"""Linear layers with constraints, threshold units and maxout units."""
