"""What goes on in a recurrent network: gradients, spectra, gates and automata, as functions of cells and tensors."""
