"""Analysis of networks: functions of networks, cells and tensors that return plain results."""
