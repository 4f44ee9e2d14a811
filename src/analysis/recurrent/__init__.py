"""What recurrent networks have learned: automata, spectra, states step by step."""
