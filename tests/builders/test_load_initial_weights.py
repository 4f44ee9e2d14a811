"""Initial weights of a network: which are taken, what they are compared with, and their checksum."""

import os
import warnings
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from nnzoo.builders import initial_weights as module
from nnzoo.builders.adapters import Network, flatten, identity
from nnzoo.builders.initial_weights import (
    InitialWeights,
    Taken,
    by,
    check_init,
    check_inputs,
    check_pictures,
    image_sizes,
    initial_weights,
    listed,
    load_initial_weights,
    predicted,
    state_of_transforms,
    with_digest,
)
from nnzoo.builders.torchvision_weights import Published
from nnzoo.errors import DataWarning, UserError
from nnzoo.models.mlp import MLP
from nnzoo.spec import DataSpec
from torch import nn

CLASSES = DataSpec("real", (4,), "classes", 3, labels=("a", "b", "c"))
IMAGES = DataSpec("real", (1, 8, 6), "classes", 3, labels=("a", "b", "c"))


def weights_of(model: nn.Module, spec: DataSpec = CLASSES, **more: Any) -> InitialWeights:
    fields = {"preprocessing": None, "transforms": {}, "state": {}} | more
    return InitialWeights("run", dict(model.state_dict()), predicted(spec), **fields)


def mlp(seed: int, inputs: int = 4, outputs: int = 3, hidden: int = 5) -> Network:
    torch.manual_seed(seed)
    return Network(MLP(in_features=inputs, out_features=outputs, hidden=[hidden]), identity, masked=False)


def same(net: Network, other: Network) -> list[str]:
    """Return the names of equal weights."""
    pairs = zip(net.model.state_dict().items(), other.model.state_dict().values(), strict=True)
    return [name for (name, one), two in pairs if one.shape == two.shape and torch.equal(one, two)]


NAMES = list(mlp(0).model.state_dict())


@pytest.mark.parametrize(
    ("spec", "new"),
    [
        (CLASSES, []),
        (replace(CLASSES, labels=("a", "b", "d")), NAMES[2:]),
        (replace(CLASSES, classes=(1, 2, 3)), NAMES[2:]),
        (DataSpec("real", (4,), "multilabel", 3, labels=("a", "b", "c")), NAMES[2:]),
    ],
)
def test_the_last_layer_is_new_if_it_predicts_something_else(spec: DataSpec, new: list[str]) -> None:
    net, before, source = mlp(1), mlp(1), mlp(2)
    taken = load_initial_weights(net, weights_of(source.model), spec, "name")
    assert taken.new == new
    assert same(net, source) == [name for name in NAMES if name not in new]
    assert same(net, before) == new
    further = f"; new: {', '.join(new)}" if new else ""
    assert taken.summary == f"{4 - len(new)} of 4 tensors from run{further}"


def test_layers_are_found_by_name_or_in_their_order() -> None:
    source = nn.Sequential(nn.Linear(4, 5), nn.Linear(5, 3))
    net = mlp(1)
    with pytest.raises(
        UserError, match=r"^weights=run are those of another network: it has no layers\.0\.weight, .*; weights_by=order"
    ):
        load_initial_weights(net, weights_of(source), CLASSES, "name")
    for how, ordered in (("order", False), ("name", True), ((1, 1), False)):
        net = mlp(1)
        assert load_initial_weights(net, weights_of(source, ordered=ordered), CLASSES, how).new == []
        assert torch.equal(net.model.layers[0].weight, source[0].weight)
        assert torch.equal(net.model.layers[-1].weight, source[1].weight)
    net = mlp(1)
    assert load_initial_weights(net, weights_of(source), CLASSES, [1, 0]).new == NAMES[2:]
    with pytest.raises(UserError, match=r"^weights=run has no layer of this network except the last one$"):
        load_initial_weights(mlp(1), weights_of(source, replace(CLASSES, labels=("x", "y", "z"))), CLASSES, (0, 1))


def test_images_of_another_size_are_named() -> None:
    net = Network(MLP(in_features=48, out_features=3, hidden=[5]), flatten, masked=False)
    source = mlp(2, inputs=30)
    given = weights_of(source.model, preprocessing={"shape": (1, 5, 6)})
    with pytest.raises(
        UserError, match=r"^weights=run are of a network for 5x6 images, here they are 8x6 \(its .*\); "
    ):
        load_initial_weights(net, given, IMAGES, "name")


@pytest.mark.parametrize(
    ("shape", "spec", "expected"),
    [
        ((1, 5, 6), IMAGES, ((5, 6), (8, 6))),
        ((3, 8, 6), IMAGES, None),  # the same height and width
        ([1, 8, 5], IMAGES, ((8, 5), (8, 6))),
        ((48,), IMAGES, None),
        ((1, 5, 6), CLASSES, None),
    ],
)
def test_sizes_of_images(shape: Any, spec: DataSpec, expected: Any) -> None:
    assert image_sizes(weights_of(nn.Linear(1, 1), preprocessing={"shape": shape}), spec) == expected
    assert image_sizes(weights_of(nn.Linear(1, 1)), spec) is None


def test_words() -> None:
    assert (by((16, 8)), listed(["a", "b"]), listed([])) == ("16x8", "a,b", "null")
    assert predicted(replace(CLASSES, classes=(1, 2, 3))) == ("classes", 3, (1, 2, 3))
    assert predicted(CLASSES) == ("classes", 3, ("a", "b", "c"))


NODE = {"_target_": "nnzoo.transforms.standardize.Standardize", "per": "channel"}


def test_transforms_are_those_of_the_initial_weights() -> None:
    state = {"x": {"mean": torch.zeros(1, 1, 1), "scale": torch.ones(1, 1, 1)}}
    given = weights_of(nn.Linear(1, 1), transforms={"x": NODE}, state=state, preprocessing={"shape": (1, 5, 6)})
    assert state_of_transforms(given, {"transforms": {"x": NODE, "random": {}}}, ["x"], IMAGES) is state
    with pytest.raises(UserError, match=r"^weights=run were trained with transforms=x, not null; use the same$"):
        state_of_transforms(given, {"transforms": {"x": NODE}}, [], IMAGES)
    with pytest.raises(UserError, match=r"^weights=run were trained with transforms=x, not y,x; use the same$"):
        state_of_transforms(given, {"transforms": {"x": NODE, "y": NODE}}, ["y", "x"], IMAGES)
    with pytest.raises(UserError, match=r"^transforms\.x\.per is pixel; weights=run were trained with channel$"):
        state_of_transforms(given, {"transforms": {"x": NODE | {"per": "pixel"}}}, ["x"], IMAGES)
    pixels = replace(given, state={"x": {"scale": torch.ones(1, 1, 1), "mean": torch.zeros(1, 5, 6)}})
    message = r"^transforms\.x of weights=run has statistics of each pixel of 5x6 images, here they are 8x6; in both"
    with pytest.raises(UserError, match=message):
        state_of_transforms(pixels, {"transforms": {"x": NODE}}, ["x"], IMAGES)
    equal = replace(pixels, preprocessing={"shape": (1, 8, 6)})
    assert state_of_transforms(equal, {"transforms": {"x": NODE}}, ["x"], IMAGES) is pixels.state


def test_an_initialization_without_effect() -> None:
    given = weights_of(nn.Linear(1, 1))
    every, some = Taken("all", []), Taken("some", ["layers.2.weight"])
    for model, init, taken in (("mlp", "he", some), ("mlp", "default", every)):
        check_init({"choices": {"model": model}, "init": init}, given, taken)
    for model in ("mlp", None):
        with pytest.raises(UserError, match=r"^init=he has no effect: weights=run replace all layers; leave it out$"):
            check_init({"choices": {"model": model}, "init": "he"}, given, every)


def test_the_checksum_depends_on_names_types_shapes_and_values() -> None:
    first = InitialWeights("run", {"a": torch.tensor([1.0, 2.0])}, (), None, {}, {})
    assert len(first.digest) == 16
    assert replace(first, name="other", weights={"a": torch.tensor([1.0, 2.0])}).digest == first.digest
    others = (
        {"b": torch.tensor([1.0, 2.0])},
        {"a": torch.tensor([1.0, 3.0])},
        {"a": torch.tensor([[1.0, 2.0]])},
        {"a": torch.tensor([1.0, 2.0]).view(torch.int32)},
        {"a": torch.tensor([1.0, 2.0]), "b": torch.zeros(0)},
    )
    assert len({first.digest, *(replace(first, weights=weights).digest for weights in others)}) == 6


def test_a_resumed_command_warns_of_other_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    given = weights_of(nn.Linear(1, 1))
    monkeypatch.setattr(module, "initial_weights", lambda config: config["weights"] and given)
    none = {"weights": None, "weights_digest": "old"}
    assert with_digest(none) is none
    with warnings.catch_warnings(action="error"):
        for before in (None, given.digest):
            found = with_digest({"weights": "run", "weights_digest": before, "seed": 1})
            assert found == {"weights": "run", "weights_digest": given.digest, "seed": 1}
    with pytest.warns(DataWarning, match=r"^weights=run are not those with which the run began; the metrics will"):
        assert with_digest({"weights": "run", "weights_digest": "old"})["weights_digest"] == given.digest


def test_weights_that_cannot_be_read(tmp_path: Any) -> None:
    config = {"weights": None, "output_dir": str(tmp_path)}
    assert initial_weights(config) is None
    for weights in ("", "  "):
        with pytest.raises(UserError, match=r"^weights is empty; it takes a run, a checkpoint or torchvision$"):
            initial_weights(config | {"weights": weights})
    with pytest.raises(UserError, match=r"^weights: .*nosuch"):
        initial_weights(config | {"weights": "nosuch"})


def test_pictures_have_three_channels() -> None:
    colours = replace(IMAGES, shape=(3, 8, 6))
    check_pictures({"weights": "torchvision"}, colours)
    check_pictures({"weights": "run"}, CLASSES)
    for spec in (IMAGES, DataSpec("real", (3,), "classes", 3)):
        with pytest.raises(UserError, match=r"^weights=torchvision are for pictures with 3 channels; the data gives "):
            check_pictures({"weights": "torchvision"}, spec)


def test_a_checkpoint_is_read_again_after_it_has_changed(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "best.ckpt"
    file.touch()
    read: list[Any] = []
    found = SimpleNamespace(
        weights={"model.layer.weight": torch.ones(2), "model.model.bias": torch.zeros(1)},
        spec=CLASSES,
        preprocessing={"kind": "numbers"},
        config={"transforms": {"x": NODE, "random": {}}},
        transforms={"x": {"mean": 1}},
    )
    monkeypatch.setattr(module, "Checkpoint", SimpleNamespace(read=lambda path: read.append(path) or found))
    monkeypatch.setattr(module, "run_named", lambda name, root: f"{root}/{name}")
    monkeypatch.setattr(module, "checkpoint_of", lambda name: {"out/mine": file}[name])
    module.of_checkpoint.cache_clear()
    config = {"weights": "mine", "output_dir": "out"}
    first = initial_weights(config)
    assert initial_weights(config) is first
    assert read == [file]
    assert list(first.weights) == ["layer.weight", "model.bias"]
    assert (first.name, first.classes, first.preprocessing) == (str(file), predicted(CLASSES), {"kind": "numbers"})
    assert (first.transforms, first.state, first.ordered) == ({"x": NODE}, {"x": {"mean": 1}}, False)
    os.utime(file, (1, 1))
    initial_weights(config)
    assert read == [file, file]
    module.of_checkpoint.cache_clear()


def test_inputs_are_those_of_the_initial_weights() -> None:
    data: Any = SimpleNamespace(fitted_preprocessing=SimpleNamespace(to_dict=lambda: {"kind": "ids", "ids": 2}))
    given = weights_of(nn.Linear(1, 1), preprocessing={"kind": "ids", "ids": 1})
    check_inputs(replace(given, preprocessing=None), data)
    check_inputs(replace(given, preprocessing={"kind": "ids", "ids": 2}), data)
    with pytest.raises(UserError, match=r"^weights=run were trained on other inputs: ids 1, now 2$"):
        check_inputs(given, data)


def test_weights_of_torchvision_say_what_their_inputs_were(monkeypatch: pytest.MonkeyPatch) -> None:
    published = Published({"w": torch.ones(1)}, ("cat", "dog"), (0.5, 0.25, 0.75), (1.0, 2.0, 3.0))
    monkeypatch.setattr(module, "download", lambda name: {"resnet18": published}[name])
    found = initial_weights({"weights": "torchvision", "choices": {"model": "resnet18"}})
    assert (found.name, found.weights, found.ordered) == ("torchvision", published.weights, True)
    assert found.classes == ("classes", 2, ("cat", "dog"))
    assert found.preprocessing == {"kind": "images", "numbers": "unit", "divisor": 255.0}
    standardize = found.state["standardize"]
    assert standardize["mean"].tolist() == [[[0.5]], [[0.25]], [[0.75]]]
    assert standardize["scale"].tolist() == [[[1.0]], [[2.0]], [[3.0]]]
    assert found.transforms == {"standardize": NODE}
