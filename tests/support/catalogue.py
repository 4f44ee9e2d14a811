"""What the catalogue's networks and data sets need."""

from functools import cache
from typing import Any

from nnzoo import api
from nnzoo.config.compose import compose

NEEDS_FILE = (
    "array",
    "image_folder",
    "series",
    "airline",
    "tiny_shakespeare",
    "conll2000",
    "cora",
    "graph",
    "sentence_polarity",
    "ionosphere",
    "movielens",
    "ratings",
    "reuters",
    "word_counts",
    "brown",
)


@cache
def config_of(model: str) -> dict[str, Any]:
    """Return the config of a network, with the head, task, loss or rule that its file chooses."""
    return api.plain(compose([f"model={model}"]))
