"""What layers of a trained network compute: dead and sparse units, gradients by depth, probes, saliency."""
