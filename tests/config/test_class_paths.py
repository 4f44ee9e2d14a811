"""A `_target_` without a module is one line with the path of the nearest class that belongs there."""

import importlib

import pytest
from nnzoo.config.class_paths import class_paths, why_no_path
from nnzoo.config.compose import compose
from nnzoo.errors import UserError

LOCALIZER = ("model=localizer", "data=shapes", "data.target=class_box")
PATH = "it must be the dotted path of a class, with its module"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            [*LOCALIZER, "model.classifier._target_=ResNet"],
            f"model.classifier._target_ is ResNet; {PATH}; did you mean 'nnzoo.models.convolutional.resnet.ResNet'?",
        ),
        (
            [*LOCALIZER, "model.classifier._target_="],
            f"model.classifier._target_ is ''; {PATH}, such as 'nnzoo.models.convolutional.vgg.VGG'",
        ),
        (["model._target_=MPL"], f"model._target_ is MPL; {PATH}; did you mean 'nnzoo.models.mlp.MLP'?"),
        (["optimizer._target_=Adm"], f"optimizer._target_ is Adm; {PATH}; did you mean 'torch.optim.Adam'?"),
        (
            ["model=recurrent", "data=reber", "model.cell._target_=GRU"],
            f"model.cell._target_ is GRU; {PATH}; did you mean 'nnzoo.layers.cells.gru.GRU'?",
        ),
        (
            ["model=recurrent", "data=reber", "model.cell._target_=null"],
            f"model.cell._target_ is null; {PATH}, such as 'nnzoo.layers.cells.lstm.LSTM'",
        ),
        (
            ["penalties=weights", "penalties.weights._target_=Weights"],
            f"penalties.weights._target_ is Weights; {PATH}; did you mean "
            "'nnzoo.tasks.penalties.parameters.WeightPenalty'?",
        ),
    ],
)
def test_the_message_has_the_path_of_the_nearest_class(given: list[str], message: str) -> None:
    with pytest.raises(UserError) as caught:
        compose(given)
    assert str(caught.value) == message


@pytest.mark.parametrize("target", [".ResNet", "resnet.", "a..B", "a.1B", 5, None])
def test_no_path(target: object) -> None:
    assert why_no_path("model", target) is not None


@pytest.mark.parametrize("target", ["nowhere.Net", "nnzoo.models.mlp.MLP"])
def test_a_path_is_not_looked_up(target: str) -> None:
    assert why_no_path("model", target) is None


@pytest.mark.parametrize("place", ["model.classifier", "model.cell", "data", "optimizer", "transforms.flip"])
def test_the_suggested_classes_exist(place: str) -> None:
    paths = list(class_paths(place))
    assert len(paths) > 3
    for path in paths:
        module, _, name = path.rpartition(".")
        assert isinstance(getattr(importlib.import_module(module), name), type)
