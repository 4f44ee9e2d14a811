"""Training steps written out by hand, compiled with numba where it is installed, else with torch."""
