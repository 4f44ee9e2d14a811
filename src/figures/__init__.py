"""Figures of tensors and plain results; `style` is shared by all."""
