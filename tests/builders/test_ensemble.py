"""Ensembles: against networks that are trained alone, and the published mean of probabilities."""

from pathlib import Path

import nnzoo
import numpy as np
import pytest
import torch
from nnzoo.builders.ensemble import Ensemble, ensemble_of
from nnzoo.data.images.digits import Digits
from nnzoo.errors import UserError
from nnzoo.spec import DataSpec
from nnzoo.tasks.learners.ensemble import EnsembleTask
from scipy.stats import gmean
from torch.testing import assert_close

from tests.support.built import built

DIGITS = ("data=digits", "data.size=8", "data.train=200", "trainer.max_epochs=2", "callbacks=checkpoints")
MLP = ("model=mlp", "model.hidden=[8]", "model.norm=batch", "init=he", "optimizer=sgd", "optimizer.lr=0.1")


def test_members_have_weights_of_their_own_and_the_first_those_of_a_single_network() -> None:
    task = built(*MLP, *DIGITS, "members=3")
    assert isinstance(task, EnsembleTask)
    assert isinstance(task.net.model, Ensemble)
    first, second, third = task.net.model.networks
    assert_close(first.state_dict(), built(*MLP, *DIGITS).net.model.state_dict(), rtol=0, atol=0)
    for one, other in ((first, second), (second, third), (first, third)):
        assert not torch.equal(next(one.parameters()), next(other.parameters()))


def test_init_is_that_of_all_members() -> None:
    for member in built("model=linear", "data=iris", "init=zero", "members=3").net.model.networks:
        assert not member.linear.weight.any()


def test_probabilities_are_the_published_ones() -> None:
    """Aggarwal eq. 4.10 and 4.11: the geometric mean of the members' probabilities, divided by its sum."""
    net = built(*MLP, *DIGITS, "members=3").net.eval()
    x = torch.rand(5, 1, 8, 8)
    each = torch.stack([member(x.flatten(1)).softmax(-1) for member in net.model.networks])
    mean = gmean(each.detach().double().numpy())
    expected = torch.from_numpy(mean / mean.sum(-1, keepdims=True))
    assert_close(net(x).softmax(-1).double(), expected, rtol=1e-5, atol=1e-6)


def test_the_first_member_is_trained_as_a_single_network_and_predictions_are_averaged(tmp_path: Path) -> None:
    """With batch normalization, whose statistics each member has for itself."""
    result = nnzoo.train(*MLP, *DIGITS, "members=3", output_dir=tmp_path)
    together = nnzoo.load(result.directory, which="last")
    alone = nnzoo.load(nnzoo.train(*MLP, *DIGITS, output_dir=tmp_path).directory, which="last")
    assert_close(together.model.networks[0].state_dict(), alone.model.state_dict())
    test = Digits(size=8).splits["test"]
    x = test.x.flatten(1)
    with torch.no_grad():
        mean = np.mean([member(x).numpy() for member in together.model.networks], axis=0)
    found = together.predict(test.x.numpy())
    np.testing.assert_allclose(found["output"], mean, rtol=1e-4, atol=1e-5)
    errors = int((mean.argmax(1) != test.y.numpy()).sum())
    assert result.metrics["test/last"]["errors"] == errors
    assert nnzoo.evaluate(result.directory)["test/last"]["errors"] == errors


def test_numbers_are_averaged() -> None:
    net = built("model=linear", "data=noisy_curve", "members=2").net
    x = torch.rand(4, 2)
    assert_close(net(x), (net.model.networks[0](x) + net.model.networks[1](x)) / 2)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["members=1"], "^members is 1; an ensemble has at least 2, and null is a single network$"),
        (
            ["members=2", "rule=perceptron"],
            "^members=2: an ensemble takes gradient steps, not those of rule 'perceptron'",
        ),
        (
            ["members=2", "task=ridge"],
            "^members=2: an ensemble takes gradient steps with task=ensemble, not those of task 'ridge'$",
        ),
        (["members=2", "model=googlenet_side_heads"], "with task=ensemble, not those of task 'side_heads'$"),
        (["members=2", "weights=run"], "^members=2: members differ in their initial weights; leave weights out$"),
        (["members=2", "model=rnn", "data=reber"], r"or images; the data gives onehot sequence of 7 a step"),
        (["members=2", "model=autoencoder"], "^members=2: an ensemble predicts classes, labels or numbers"),
        (["members=2", "model=autoencoder_ensemble"], "^members=2: model 'autoencoder_ensemble' is an ensemble itself"),
        (["task=ensemble"], "LeNet5 has none; set members=5$"),
        (
            ["members=2", "model=mlp", "freeze=[layers.0]"],
            "^unknown layer or parameter in freeze 'layers.0'; did you mean 'networks.0.layers.0'\\?$",
        ),
    ],
)
def test_mistakes(settings: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        built("data=digits", *settings)


class Lazy(torch.nn.Sequential):
    """A network whose number of inputs is found in its first forward pass."""

    def __init__(self, out_features: int = 3) -> None:
        super().__init__(torch.nn.LazyLinear(out_features))


def test_lazy_layers_have_no_members(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^members=2: model 'Lazy' has lazy layers, .*; give their numbers of inputs$"):
        nnzoo.train("data=iris", "members=2", model=Lazy, output_dir=tmp_path)


def test_a_network_that_is_built_already_has_no_members(tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match=r"^members=2 builds networks; one from Python is built already: pass its class$"
    ):
        nnzoo.train("data=iris", "members=2", model=torch.nn.Linear(4, 3), output_dir=tmp_path)


def test_an_ensemble_of_one_network_and_of_further_ones() -> None:
    spec = DataSpec("real", (4,), "classes", 3)
    first = torch.nn.Linear(4, 3)
    made = ensemble_of(first, lambda: torch.nn.Linear(4, 3), 3, "own", spec)
    assert (made.members, len(made.networks), made.networks[0] is first) == (3, 3, True)
    x = torch.rand(2, 5, 4)
    expected = torch.stack([network(x) for network in made.networks], 2)
    assert_close(made.member_outputs(x), expected)
    assert_close(made(x), expected.mean(2))
    with pytest.raises(UserError, match=r"^members=2: model 'own' is an ensemble itself; set model\.members$"):
        ensemble_of(made, lambda: first, 2, "own", spec)
    steps = DataSpec("real", (4,), "classes", 3, sequence=True)
    for other in (steps, DataSpec("real", (4,), "input", 4)):
        with pytest.raises(
            UserError, match=r"^members=2: an ensemble predicts classes, labels or numbers from vectors"
        ):
            ensemble_of(first, lambda: first, 2, "own", other)
