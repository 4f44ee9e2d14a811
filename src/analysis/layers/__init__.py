"""Analysis of layers: dead units, sparsity, depth, probes, saliency, left-out layers, windows."""
