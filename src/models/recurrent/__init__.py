"""Recurrent networks: cells of one kind in layers, with a readout of each step or of the end."""
