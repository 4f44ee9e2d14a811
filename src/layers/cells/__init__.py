"""Recurrent cells: the computation of one step of a recurrent network."""
