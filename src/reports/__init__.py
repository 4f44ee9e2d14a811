"""Static HTML reports of runs and sweeps: one file each, without scripts, that opens offline."""
