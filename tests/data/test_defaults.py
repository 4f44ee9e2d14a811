"""A data set that is made in Python without settings is that of its config."""

from typing import Any

import pytest
from nnzoo.spec import DataSpec

from tests.data.test_numbers import CLASSES

ALSO = {"reber", "parity"}  # of several configs of a class, those that have its defaults
NEEDS_FILES = {"conll2000", "sentence_polarity"}
KINDS = [kind for kind, _ in CLASSES.values()]
ALONE = [
    name for name, (kind, _) in CLASSES.items() if (KINDS.count(kind) == 1 or name in ALSO) and name not in NEEDS_FILES
]


def settings(data: Any) -> dict[str, Any]:
    """Return the attributes that are plain values."""
    kinds = (bool, int, float, str, tuple, DataSpec)
    found = {key: value for key, value in vars(data).items() if type(value) in kinds and not key.startswith("_")}
    return {**found, "sizes": getattr(data, "sizes", None)}


def test_there_are_data_sets() -> None:
    assert {"adding", "noisy_curve", "iris", "mnist", "karate"} <= set(ALONE)


@pytest.mark.parametrize("name", ALONE)
def test_defaults_are_those_of_the_config(name: str) -> None:
    kind, given = CLASSES[name]
    assert settings(kind()) == settings(kind(**given))
