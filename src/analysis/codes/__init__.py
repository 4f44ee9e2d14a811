"""What the codes of examples tell about their classes."""
