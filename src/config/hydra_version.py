"""The versions of Hydra that nnzoo works with."""

from hydra import __version__

VERSION_BASE = {"version_base": "1.3"} if __version__.startswith("1.3.") else {}
"""Arguments that choose the behavior of Hydra 1.3, which is the only one from 1.4 on: there the argument is deprecated."""
