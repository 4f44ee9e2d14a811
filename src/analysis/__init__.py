"""What goes on in a network: functions of networks, cells and tensors, which return plain results."""
