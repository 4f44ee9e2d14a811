"""Analysis of layers: dead and sparse units, gradients by depth, linear probes, saliency."""
