"""Tasks that change weights in other ways than gradient steps on the loss."""
