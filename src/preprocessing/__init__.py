"""From raw examples to inputs, as fitted in training; stored with the network."""
