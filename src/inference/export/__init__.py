"""Export of trained networks to files that other programs read, each compared with the network."""
