"""Loading of trained networks: which run a checkpoint belongs to, and what every function passes on."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from nnzoo.config.from_python import PREFIX
from nnzoo.errors import UserError
from nnzoo.inference import document_vectors, outliers, word_vectors
from nnzoo.inference.explanations import explain
from nnzoo.inference.export import export
from nnzoo.inference.load import load_weights, run_of, without_training_objects
from nnzoo.inference.recommendations import recommend


class _Loaded(Exception):
    """Carries the arguments of `load`."""


@pytest.mark.parametrize(
    ("module", "function", "further"),
    [
        (word_vectors, partial(word_vectors.neighbors, word="a"), ()),
        (word_vectors, partial(word_vectors.analogy, a="a", b="b", c="c"), ()),
        (word_vectors, partial(word_vectors.similarity, a="a", b="b"), ()),
        (document_vectors, partial(document_vectors.document_vectors, documents=["a b"]), ()),
        (outliers, outliers.outliers, ()),
        (recommend, partial(recommend.recommend, users=[1]), ()),
        (explain, explain.explain, ("model", "loss")),
        (export, partial(export.export, format="state_dict"), ("model", "loss")),
    ],
)
def test_the_choice_of_weights_and_packages_reaches_the_loader(
    module: ModuleType, function: Callable[..., Any], further: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(source: str, **given: Any) -> None:
        raise _Loaded(source, given)

    monkeypatch.setattr(module, "load", load)
    given = {"which": "last", "allow": ["mine"]} | {name: object() for name in further}
    with pytest.raises(_Loaded) as caught:
        function("outputs/run", **given)
    assert caught.value.args == ("outputs/run", given)


def test_the_run_of_a_checkpoint(tmp_path: Path) -> None:
    run = run_of(tmp_path / "checkpoints" / "best.ckpt")
    assert run is not None
    assert run.path == tmp_path
    assert run_of(tmp_path / "elsewhere" / "best.ckpt") is None


def test_an_evaluation_needs_no_optimizer_from_python() -> None:
    config = {"optimizer": {"_target_": "torch.optim.Adam", "lr": 0.5}, "scheduler": None, "loss": 1}
    assert without_training_objects(config) == config
    config["scheduler"] = {"_target_": "torch.optim.lr_scheduler.StepLR"}
    assert without_training_objects(config) == config
    config["scheduler"] = {"_target_": f"{PREFIX}Mine"}
    assert without_training_objects(config) == config | {"scheduler": None}
    config["optimizer"] = {"_target_": f"{PREFIX}Other"}
    plain = {"_target_": "torch.optim.SGD", "_partial_": True}
    assert without_training_objects(config) == {"optimizer": plain, "scheduler": None, "loss": 1}
    assert config["optimizer"] == {"_target_": f"{PREFIX}Other"}


def test_weights_of_another_network(tmp_path: Path) -> None:
    net, other = torch.nn.Linear(2, 1), torch.nn.Linear(2, 1)
    load_weights(net, other.state_dict(), tmp_path)
    assert torch.equal(net.weight, other.weight)
    with pytest.raises(UserError, match=f"^{tmp_path} holds the weights of another network: size mismatch for weight"):
        load_weights(net, torch.nn.Linear(3, 1).state_dict(), tmp_path)
