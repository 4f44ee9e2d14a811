"""The head of a config: by default that for the target."""

from typing import Any

import pytest
from nnzoo.builders.heads import build_head, head_class, head_type
from nnzoo.errors import UserError
from nnzoo.losses.bce import BinaryCrossEntropy
from nnzoo.losses.multiclass.cross_entropy import CrossEntropy
from nnzoo.spec import DataSpec
from nnzoo.tasks.heads import default_head

CLASSES = DataSpec("real", (4,), "classes", 3)
LABELS = DataSpec("real", (4,), "multilabel", 3)


def config(target: str | None, name: str | None = None) -> dict[str, Any]:
    node = None if target is None else {"_target_": target}
    return {"head": node, "allow": [], "choices": {"head": name}}


def test_the_default_follows_from_the_target() -> None:
    for spec in (CLASSES, LABELS):
        assert head_class(config(None), spec) is default_head(spec.target)
    assert default_head("classes") is not default_head("multilabel")


def test_a_head_fits_the_target() -> None:
    found = default_head("multilabel")
    chosen = config(f"{found.__module__}.{found.__qualname__}", "mine")
    assert head_type(chosen) is head_class(chosen, LABELS) is found
    loss = BinaryCrossEntropy()
    head = build_head(chosen, LABELS, loss)
    assert type(head) is found
    assert type(build_head(config(None), CLASSES, CrossEntropy())) is default_head("classes")
    with pytest.raises(UserError, match=r"^head 'mine' predicts multilabel; the target of the data is classes$"):
        head_class(chosen, CLASSES)


def test_other_classes_are_no_heads() -> None:
    with pytest.raises(UserError, match=r"^head\._target_ MLP is not a head; nnzoo list heads shows all heads$"):
        head_type(config("nnzoo.models.mlp.MLP"))
