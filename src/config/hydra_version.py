"""The versions of Hydra that nnzoo works with."""

from hydra import __version__

VERSION_BASE = {"version_base": "1.3"} if __version__.startswith("1.3.") else {}
"""Arguments that choose the behavior of Hydra 1.3; from 1.4 on it is the only one, and the argument is deprecated."""
