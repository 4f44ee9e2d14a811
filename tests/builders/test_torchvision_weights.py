"""Weights of torchvision, without a download."""

from typing import Any
from urllib.error import URLError

import nnzoo
import numpy as np
import pytest
import torch
from nnzoo.builders import torchvision_weights
from nnzoo.builders.data import build_data
from nnzoo.builders.tasks import build_task
from nnzoo.config.compose import compose
from nnzoo.config.torchvision_weights import PUBLISHED
from nnzoo.errors import UserError
from nnzoo.training.saved import plain
from torchvision import models

PICTURES = ("data=array", "data.path=null", "trainer.accelerator=cpu")
NO_INIT = {"vgg": {"init_weights": False}}  # which takes long
CHANNELS = ("transforms=standardize", "transforms.standardize.per=channel")


@pytest.fixture
def theirs(monkeypatch: pytest.MonkeyPatch) -> models.ResNet:
    """A network of torchvision whose random weights are what it downloads."""
    torch.manual_seed(0)
    net = models.resnet18()
    net.train()(torch.randn(2, 3, 32, 32))  # other running statistics than at the start
    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", lambda *_, **__: net.state_dict())
    torchvision_weights.download.cache_clear()
    yield net.eval()
    torchvision_weights.download.cache_clear()


def built(*overrides: str, classes: int = 3, size: int = 40) -> Any:
    config = plain(compose([*PICTURES, *overrides]))
    x = np.random.default_rng(0).random((30, 3, size, size), dtype=np.float32)
    data = build_data(config, (x, np.arange(30) % classes))
    return build_task(config, data), data, x


def test_features_are_those_of_torchvision(theirs: models.ResNet) -> None:
    """The inputs are standardized as theirs were; the last layer is new."""
    task, data, x = built("model=resnet18", "weights=torchvision", *CHANNELS)
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    theirs.fc = torch.nn.Identity()
    with torch.no_grad():
        found = task.net.eval().forward_features(data.transforms(torch.from_numpy(x[:2])))
        torch.testing.assert_close(found, theirs((torch.from_numpy(x[:2]) - mean) / std), atol=1e-4, rtol=1e-4)
    assert task.net.origin.endswith("from torchvision; new: layers.14.weight, layers.14.bias")


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_layers_have_the_same_shapes_in_the_same_order(name: str) -> None:
    with torch.device("meta"):
        ours = nnzoo.create_model(name, in_shape=(3, 224, 224), out_features=1000)
        theirs = models.get_model(PUBLISHED[name], weights=None, **NO_INIT.get(name[:3], {}))
    shapes = [[value.shape for value in net.state_dict().values()] for net in (ours, theirs)]
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["model=resnet20"], "^weights=torchvision: it has no weights for model 'resnet20'; it has them for vgg_a, "),
        (
            ["model=resnet18"],
            "^weights=torchvision were trained with standardized channels, not without transforms; set "
            "transforms=standardize transforms.standardize.per=channel$",
        ),
        (
            ["model=resnet18", "transforms=standardize"],
            "^transforms.standardize.per is feature; weights=torchvision need transforms=standardize transforms",
        ),
        (["model=resnet18", *CHANNELS, "model.blocks=[2,2,2,1]"], "are those of another network: its layer4"),
    ],
)
def test_other_networks_and_inputs_are_refused(theirs: models.ResNet, overrides: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        built(*overrides, "weights=torchvision")


def test_other_transforms_are_refused_before_the_download(monkeypatch: pytest.MonkeyPatch) -> None:
    def download(*_: Any, **__: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", download)
    torchvision_weights.download.cache_clear()
    with pytest.raises(UserError, match="set transforms=standardize"):
        built("model=resnet18", "weights=torchvision")


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ("torchvison", "^weights: .*torchvison.*; did you mean 'torchvision'[?]$"),
        ("''", "^weights is empty; it takes a run, a checkpoint or torchvision$"),
    ],
)
def test_misspelt_and_empty_weights(weights: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        built("model=resnet18", f"weights={weights}")


def test_without_a_connection_it_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_: Any, **__: Any) -> Any:
        raise URLError("no connection")

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", offline)
    torchvision_weights.download.cache_clear()
    with pytest.raises(
        UserError, match=r"the weights of resnet18 cannot be downloaded \(<urlopen error no connection>\)"
    ):
        built("model=resnet18", "weights=torchvision", *CHANNELS)


@pytest.mark.parametrize("shape", [(1, 40, 40), (12,)])
def test_other_inputs_are_refused_before_a_download(monkeypatch: pytest.MonkeyPatch, shape: tuple[int, ...]) -> None:
    def download(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr("nnzoo.builders.initial_weights.download", download)
    config = plain(compose([*PICTURES, "model=resnet18", "weights=torchvision", *CHANNELS]))
    x = np.random.default_rng(0).random((30, *shape), dtype=np.float32)
    with pytest.raises(UserError, match=r"^weights=torchvision are for pictures with 3 channels; the data gives real "):
        build_data(config, (x, np.arange(30) % 3))
