"""Networks of the user: plain modules without traits, trained from Python and used afterwards."""

import warnings
from functools import partial
from pathlib import Path

import nnzoo
import pytest
import torch
from nnzoo.builders.adapters import Network, identity
from nnzoo.builders.own_networks import (
    ANY,
    arguments_of,
    check_outputs,
    first_that_fits,
    hint_of_type,
    takes_mask,
    traits_of,
)
from nnzoo.card import Traits
from nnzoo.errors import UserError
from nnzoo.models.mlp import MLP
from nnzoo.spec import DataSpec
from torch import Tensor, nn

QUICK = ("~callbacks.figures", "trainer.max_epochs=2", "trainer.accelerator=cpu")
VECTORS = DataSpec("real", (4,), "classes", 3)


class OwnNet(nn.Module):
    def __init__(self, in_features: int, out_features: int, width: int = 5) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(in_features, width), nn.Tanh(), nn.Linear(width, out_features))

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


class OwnWords(nn.Module):
    def __init__(self, vocab_size: int, out_features: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, 3)
        self.out = nn.LazyLinear(out_features)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.embedding(x).mean(1))


class OwnPixels(nn.Module):
    def __init__(self, in_shape: tuple[int, ...], num_classes: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(in_shape[0], 2, 3), nn.Flatten(), nn.LazyLinear(num_classes))

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


def test_traits_of_plain_modules() -> None:
    assert traits_of(OwnNet) == Traits(inputs=("vector",))
    assert traits_of(OwnWords) == Traits(inputs=("tokens",), causal=False)
    assert traits_of(OwnPixels) == Traits(inputs=("image",))


def test_a_class_is_trained_resumed_and_used(tmp_path: Path) -> None:
    settings = {"data": "iris", "output_dir": tmp_path, "model.width": 7}
    result = nnzoo.train(*QUICK, model=OwnNet, optimizer=torch.optim.NAdam, **settings)
    package = __name__.partition(".")[0]
    with pytest.raises(UserError, match=rf"OwnNet' is not allowed; .* 'allow=\[{package}\]'"):
        nnzoo.load(result.directory)
    net = nnzoo.load(result.directory, allow=[package])
    assert isinstance(net.network.model, OwnNet)
    assert net.network.model.layers[0].weight.shape == (7, 4)
    with pytest.raises(UserError, match="allow is 5; it takes a list"):
        nnzoo.resume(result.directory, "allow=5")
    allowed = f"allow=[{package}]"
    assert nnzoo.resume(result.directory, allowed, "trainer.max_epochs=3").status == "done"
    again = nnzoo.rerun(result.directory, allowed, "trainer.max_epochs=3")
    assert again.history["train/loss"].tolist() == result.history["train/loss"].tolist()


def test_a_scripted_network_is_trained(tmp_path: Path) -> None:
    with warnings.catch_warnings(action="ignore"):  # torch.jit is deprecated
        net = torch.jit.script(nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3)))
    assert nnzoo.train(*QUICK, model=net, data="iris", output_dir=tmp_path).status == "done"


def test_lazy_modules_are_trained(tmp_path: Path) -> None:
    result = nnzoo.train(*QUICK, model=OwnPixels, data="digits", output_dir=tmp_path, **{"data.size": 8})
    net = nnzoo.load(result.directory, allow=[__name__.partition(".")[0]])
    assert net(torch.zeros(2, 1, 8, 8)).shape == (2, 10)


@pytest.mark.parametrize(
    ("net", "message"),
    [
        (nn.Linear(5, 3), r"model 'own' fails for an input of shape \[2, 4\]: .*"),
        (nn.Linear(4, 2), r"model 'own' returns a tensor \[2, 2\]; the data needs \[2, 3\]"),
        (nn.GRU(4, 3), r"model 'own' returns a tuple; it must return a tensor \[2, 3\]"),
    ],
)
def test_networks_that_do_not_fit(net: nn.Module, message: str) -> None:
    with pytest.raises(UserError, match=message):
        check_outputs(WithoutMask(net), "own", VECTORS, 3)


class WithoutMask(nn.Module):
    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor, mask: Tensor | None) -> object:
        return self.net(x)


def test_classes_that_are_no_networks(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"model is the class NumberNet; it takes a torch\.nn\.Module"):
        nnzoo.train(model=NumberNet, data="iris", output_dir=tmp_path)


class NumberNet:
    def __init__(self, in_features: int) -> None:
        pass


def test_traits_of_functions_and_of_what_is_built() -> None:
    assert traits_of(partial(OwnNet, width=3)) == Traits(inputs=("vector",))
    assert traits_of(partial(MLP, hidden=[3])) is MLP.traits
    assert traits_of(lambda in_features: None).inputs == ("vector",)
    assert traits_of(lambda width: None) is ANY
    assert traits_of(OwnNet(4, 3)) is ANY
    assert list(arguments_of(OwnNet(4, 3))) == list(arguments_of(OwnNet)) == ["in_features", "out_features", "width"]


def test_a_mask_is_an_argument_of_forward() -> None:
    assert takes_mask(WithoutMask(nn.Linear(1, 1)))
    assert not takes_mask(nn.Linear(1, 1))


def adapted(net: nn.Module) -> Network:
    return Network(net, identity, masked=False)


def test_the_first_network_whose_outputs_have_the_right_shape() -> None:
    wrong, short = adapted(nn.Linear(5, 3)), adapted(nn.Linear(4, 2))
    right, other = adapted(nn.Linear(4, 3)), adapted(nn.Linear(4, 3))
    assert first_that_fits([wrong, right, other], "own", VECTORS, 3) is right
    shape = r"model 'own' returns a tensor \[2, 2\]; the data needs \[2, 3\]"
    with pytest.raises(UserError, match=rf"^{shape}; nor does it take flattened inputs: model 'own' fails for an "):
        first_that_fits([short, wrong], "own", VECTORS, 3)
    with pytest.raises(UserError, match=f"^{shape}$"):
        first_that_fits([short, short], "own", VECTORS, 3)


def test_each_step_needs_an_output() -> None:
    steps = DataSpec("real", (4,), "classes", 3, sequence=True, seq_len=5, per_step=True)
    check_outputs(adapted(nn.Linear(4, 3)), "own", steps, 3)
    with pytest.raises(UserError, match=r"returns a tensor \[2, 5, 2\]; the data needs \[2, 5, 3\]$"):
        check_outputs(adapted(nn.Linear(4, 2)), "own", steps, 3)


def test_a_trial_changes_neither_the_network_nor_the_generator() -> None:
    net = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), Noise())
    state = torch.get_rng_state()
    check_outputs(adapted(net), "own", VECTORS, 3)
    assert torch.equal(torch.get_rng_state(), state)
    assert net.training
    assert not net[1].running_mean.any()


class Noise(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x + torch.rand_like(x)


def test_weights_of_another_type_are_named() -> None:
    assert hint_of_type(nn.Linear(2, 2)) == ""
    mixed = nn.Sequential(nn.Linear(2, 2).double(), nn.Linear(2, 2).half(), nn.Linear(2, 2))
    assert hint_of_type(mixed).startswith("; it has weights in float16, float64: call its float(); ")
