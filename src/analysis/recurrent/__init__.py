"""Analysis of recurrent networks: automata, spectra, gates and states at each step."""
