"""What computes a gradient step: derivatives that layers, losses and optimizers state, in place of autograd."""
