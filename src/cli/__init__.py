"""The command `nnzoo`."""

from .commands import main

__all__ = ["main"]
