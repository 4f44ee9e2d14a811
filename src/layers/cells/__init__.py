"""Recurrent cells: what a step of a recurrent network computes, one kind a file."""
