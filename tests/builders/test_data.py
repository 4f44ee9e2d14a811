from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from nnzoo import api
from nnzoo.builders import data as module
from nnzoo.builders.data import build_data, build_transforms, check_places, check_standardize, fold_of, record
from nnzoo.config.compose import compose
from nnzoo.data.folds import Fold
from nnzoo.errors import UserError
from nnzoo.transforms import Center, Standardize, Transforms, UnitInterval
from nnzoo.transforms.shift import Shift
from PIL import Image

from tests.support.built import built


def test_images_without_class_folders(tmp_path):
    for number in range(9):
        Image.new("L", (4, 4), number).save(tmp_path / f"{number}.png")
    data = ["data=image_folder", f"data.path={tmp_path}"]
    for model in ("autoencoder", "rbm", "gan"):
        assert built(f"model={model}", *data).spec.target in ("input", "none")
    with pytest.raises(UserError, match="contains pictures but no folders; the pictures of each class must be in"):
        built("model=mlp", *data)


def test_the_fold_of_a_run() -> None:
    assert fold_of({"cv": None, "fold": None}) is None
    assert fold_of({"cv": 5, "fold": 0}) == Fold(index=0, count=5)
    with pytest.raises(UserError, match=r"^cv=5 needs fold, from 0 to 4: a run validates on one of the folds$"):
        fold_of({"cv": 5, "fold": None})


def test_inputs_are_not_standardized_twice() -> None:
    table: Any = SimpleNamespace(standardized=True)
    for first in (Standardize(), Center()):
        with pytest.raises(UserError, match=r"^transforms\.x has no effect: data\.standardize=true scales the columns"):
            check_standardize(Transforms({"x": first, "y": UnitInterval()}), table)
        check_standardize(Transforms({"x": UnitInterval(), "y": first}), table)  # the columns have other moments then
        check_standardize(Transforms({"x": first}), SimpleNamespace(standardized=False))
    check_standardize(Transforms({"x": Shift()}), table)


def test_objects_stay_where_they_are_if_their_place_is_the_target() -> None:
    moving, still = Transforms({"a": Standardize(), "b": Shift()}), Transforms({"a": Standardize()})
    placed: Any = SimpleNamespace(target_has_places=True)
    check_places(still, placed)
    check_places(moving, SimpleNamespace(target_has_places=False))
    with pytest.raises(UserError, match=r"^transforms\.b moves objects in images, and the target is their place"):
        check_places(moving, placed)


def test_transforms_have_the_state_that_they_are_given() -> None:
    config = {"allow": [], "transforms": {"x": {"_target_": "nnzoo.transforms.standardize.Standardize"}, "y": None}}
    assert build_transforms({"allow": [], "transforms": {"y": None}}) is None
    made = build_transforms(config)
    assert list(made.by_name) == ["x"]
    assert not made.state_dict()["x"]
    state = {"x": {"mean": torch.tensor([1.0, 2.0]), "scale": torch.tensor([4.0, 0.5])}}
    fitted: Any = build_transforms(config, state)
    torch.testing.assert_close(fitted(torch.tensor([[5.0, 3.0]])), torch.tensor([[1.0, 2.0]]))


@pytest.mark.parametrize(
    ("settings", "frequencies"),
    [
        ((), ()),
        (("loss=cross_entropy",), ()),
        (("class_weight=balanced",), (3, 2, 4)),  # one more than the counts
    ],
)
def test_classes_are_counted_where_they_are_needed(settings: tuple[str, ...], frequencies: Any) -> None:
    x, y = np.arange(12.0).reshape(6, 2), np.array([0, 2, 1, 2, 0, 2])
    own = ("model=linear", "data=array", "data.path=null", "data.val=0")
    data = build_data(api.plain(compose([*own, *settings])), (x, y, x, y))
    assert tuple(data.spec.frequencies) == frequencies


def test_the_record_of_the_data() -> None:
    data = build_data(
        api.plain(compose(["model=linear", "data=iris", "data.standardize=false", "transforms=standardize"]))
    )
    found = record(data)
    assert found["preprocessing"] == data.fitted_preprocessing.to_dict()
    assert found["transforms"]["standardize"]["mean"].shape == (4,)
    assert (found["digest"], found["contents"], found["summary"]) == (data.digest, dict(data.contents), data.summary)
    assert found.keys() == {"preprocessing", "transforms", "digest", "contents", "summary"}


@pytest.mark.parametrize(
    ("settings", "target"),
    [
        (("model=linear", "data=iris"), "classes"),
        (("model=autoencoder", "data=iris"), "input"),
        (("model=gan", "data=ring"), "none"),
        (("model=skip_gram", "data=corpus"), "context"),
    ],
)
def test_the_target_is_that_of_the_head(settings: tuple[str, ...], target: str) -> None:
    assert build_data(api.plain(compose([*settings]))).spec.target == target


def test_the_class_is_a_part_of_the_input_or_its_context() -> None:
    whole, context = (
        build_data(api.plain(compose(["data=digits", "data.size=8", *settings]))).spec
        for settings in (("model=multimodal_autoencoder",), ("model=conditional_vae",))
    )
    assert whole.blocks == context.blocks == ((1, 8, 8), (10,))
    assert (bool(whole.context), bool(context.context)) == (False, True)


def test_transforms_continue_those_of_the_initial_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless the run is resumed, which has a state of its own."""
    states = [{"standardize": {"mean": torch.full((4,), mean), "scale": torch.ones(4)}} for mean in (1.0, 2.0)]
    asked: list[Any] = []
    monkeypatch.setattr(module, "initial_weights", lambda config: asked.append(config) or "weights")
    monkeypatch.setattr(module, "state_of_transforms", lambda *arguments: asked.append(arguments) or states[0])
    monkeypatch.setattr(module, "check_pictures", lambda *arguments: asked.append(arguments))
    settings = ["model=linear", "data=iris", "data.standardize=false", "transforms=standardize"]
    config = api.plain(compose(settings))
    data = build_data(config)
    assert data.transforms.state_dict()["standardize"]["mean"].tolist() == [1.0] * 4
    assert asked[1] is config
    given, names = asked[2][:2], [*asked[2][2]]
    assert (given, names) == (("weights", config), ["standardize"])
    asked.clear()
    data = build_data(config, fitted=states[1])
    assert data.transforms.state_dict()["standardize"]["mean"].tolist() == [2.0] * 4
    assert asked == []


def test_places_are_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    config = api.plain(compose(["model=lenet5", "data=digits", "transforms=shift"]))
    build_data(config)
    monkeypatch.setattr("nnzoo.data.images.digits.Digits.target_has_places", True)
    with pytest.raises(UserError, match=r"^transforms\.shift moves objects in images"):
        build_data(config)
