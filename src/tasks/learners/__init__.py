"""Tasks that change weights in other ways than the gradient task."""
