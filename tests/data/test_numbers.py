"""Settings that are real numbers."""

import inspect
import math
from collections.abc import Sequence
from typing import get_type_hints

import pytest
import yaml
from nnzoo.config.instantiate import find_class, targets
from nnzoo.config.inventory import options
from nnzoo.errors import UserError

OWN = {"array", "graph", "image_folder", "ratings", "series", "word_counts"}
READ_FILES = OWN | {"cora", "movielens", "reuters", "tiny_shakespeare"}  # before they look at their numbers
CLASSES = {
    name: (find_class(node["_target_"], ()), {k: v for k, v in node.items() if k[0] != "_" and v != "${seed}"})
    for name, file in options("data").items()
    if name not in READ_FILES
    for _, node in list(targets(yaml.safe_load(file.read_text())))[:1]
}


def settings():
    """Yield the name of a data set, a setting that is a number, and infinity or NaN in the place of its value."""
    for name, (kind, _) in CLASSES.items():
        hints = get_type_hints(kind.__init__)
        for setting in inspect.signature(kind).parameters:
            for value in (math.inf, math.nan):
                if hints[setting] in (float, float | None):
                    yield name, setting, value
                elif hints[setting] == Sequence[float]:
                    yield name, setting, [value]


def test_the_configs_have_numbers():
    assert {"noise", "periods", "val"} <= {setting for _, setting, _ in settings()}


@pytest.mark.parametrize(("name", "setting", "value"), list(settings()), ids=lambda part: str(part))
def test_infinity_and_nan_are_refused_by_name(name, setting, value):
    kind, given = CLASSES[name]
    with pytest.raises(UserError, match=rf"\b{setting}\b"):
        kind(**{**given, setting: value})
