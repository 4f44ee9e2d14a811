"""Recurrent networks: layers of recurrent cells and a linear readout."""
