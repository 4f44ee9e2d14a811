"""The outputs of any layer as features, against the layers called by hand."""

from pathlib import Path

import nnzoo
import numpy as np
import pandas as pd
import pytest
import torch
from nnzoo.analysis.layers.outputs import recorded_outputs
from nnzoo.data.images.digits import Digits
from nnzoo.errors import UserError
from nnzoo.inference.features import pooled_steps
from torch import nn

from tests.support.commands import exit_code

from .small_runs import train


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = ("data=digits", "data.size=16", "data.train=50", "transforms=standardize", "evaluate=[val]")
    return train(tmp_path_factory.mktemp("runs"), "model=lenet5", *settings)


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return Digits(size=16).splits["test"].x[:5].numpy()


def maps(run: Path, images: np.ndarray, layers: int) -> torch.Tensor:
    """Return the output of the first layers, with the standardization of the training data."""
    net = nnzoo.load(run)
    state = net.transforms.state_dict()["standardize"]
    x = (torch.from_numpy(images) - state["mean"]) / state["scale"]
    with torch.no_grad():
        found: torch.Tensor = net.model.layers[:layers](x)  # type: ignore[index]
    return found


def test_maps_are_flattened_or_pooled(run: Path, images: np.ndarray) -> None:
    expected = maps(run, images, 4)
    assert expected.shape == (5, 16, 2, 2)
    net = nnzoo.load(run)
    torch.testing.assert_close(torch.from_numpy(net.transform(images, layer="layers.3")), expected.flatten(1))
    pooled = net.transform(images, layer="layers.3", pool="mean")
    torch.testing.assert_close(torch.from_numpy(pooled), expected.mean((2, 3)))
    pooled = nnzoo.encode(run, images, layer="layers.3", pool="max")["code"]
    torch.testing.assert_close(torch.from_numpy(pooled), expected.amax((2, 3)))
    dense = net.transform(images, layer="layers.9")
    torch.testing.assert_close(torch.from_numpy(dense), maps(run, images, 10))


def test_the_last_layer_gives_the_outputs_and_no_hook_remains(run: Path, images: np.ndarray) -> None:
    net = nnzoo.load(run)
    outputs = net.predict(images)["output"]
    for _ in range(2):
        np.testing.assert_array_equal(net.transform(images, layer="layers.11"), outputs)
    assert not any(layer._forward_hooks for layer in net.modules())
    with pytest.raises(UserError, match="unknown layer"):
        net.transform(images, layer="layer.11")
    assert not any(layer._forward_hooks for layer in net.modules())


def test_the_command_writes_them(
    run: Path, images: np.ndarray, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "some.npy", images)
    args = (f"run={run}", f"input={tmp_path / 'some.npy'}", f"output={tmp_path / 'found.csv'}", "layer=layers.3")
    assert exit_code("encode", *args, "pool=mean") == 0
    assert capsys.readouterr().out == f"codes in {tmp_path / 'found.csv'}, layer layers.3: 16x2x2, the mean of each\n"
    found = pd.read_csv(tmp_path / "found.csv").filter(like="code_").to_numpy()
    np.testing.assert_allclose(found, maps(run, images, 4).mean((2, 3)).numpy(), rtol=1e-5, atol=1e-6)
    assert exit_code("encode", *args) == 0
    assert capsys.readouterr().out.endswith("layer layers.3: 16x2x2, flattened to 64\n")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"layer": "layers.33"}, r"^unknown layer 'layers\.33'; did you mean 'layers\.3'\?$"),
        ({"layer": "layers.3", "pool": "median"}, "^unknown pool 'median'; did you mean 'mean'"),
        ({"layer": "layers.9", "pool": "max"}, r"^pool=max has no effect: layer layers\.9 gives 84 numbers; leave it"),
        ({"pool": "max"}, "^pool=max has no effect without layer=NAME; leave it out$"),
    ],
)
def test_mistakes(run: Path, images: np.ndarray, given: dict[str, str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        nnzoo.encode(run, images, **given)  # type: ignore[arg-type]


def test_sequences_are_pooled_over_their_real_steps(tmp_path: Path) -> None:
    settings = ("model=gru", "model.hidden=4", "data=reber", "data.train=20", "data.val=5", "data.test=5")
    net = nnzoo.load(train(tmp_path, *settings))
    x = np.eye(7, dtype=np.float32)[[[0, 4, 1], [3, 2, 1]]]
    steps = net.encode(x, layer="recurrent")["code"]
    assert steps.shape == (2, 3, 4)
    np.testing.assert_allclose(net.transform(x, layer="recurrent", pool="mean"), steps.mean(1), rtol=1e-6)


def test_padding_is_left_out() -> None:
    output, mask = torch.randn(2, 3, 4), torch.tensor([[True, True, False], [True, True, True]])
    assert torch.equal(pooled_steps(output, mask, "max"), torch.stack([output[0, :2].amax(0), output[1].amax(0)]))
    torch.testing.assert_close(pooled_steps(output, mask, "mean")[0], output[0, :2].mean(0))


def test_layers_that_work_in_place_do_not_change_what_was_recorded() -> None:
    net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(inplace=True))
    x = torch.randn(5, 3)
    with recorded_outputs(net, ["0", "1"]) as found:
        net(x)
    assert torch.equal(found["0"][0], nn.functional.linear(x, net[0].weight, net[0].bias))
    found["0"][0].sum().backward()
    assert net[0].weight.grad is not None  # the outputs are part of the graph
