"""From a config and the data to networks, losses and tasks that fit together."""
