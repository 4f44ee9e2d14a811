"""How weights change: the gradient task `base`, and its parts."""
