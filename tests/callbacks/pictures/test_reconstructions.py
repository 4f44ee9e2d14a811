import dataclasses
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from nnzoo.callbacks.pictures import reconstructions
from nnzoo.callbacks.pictures.images import RECONSTRUCTIONS
from nnzoo.callbacks.pictures.reconstructions import COLUMN_ERRORS, POINTS, columns, reconstructed
from nnzoo.data.tables.array import Array
from nnzoo.losses.bce import BinaryCrossEntropy
from nnzoo.models.autoencoder import Autoencoder
from nnzoo.spec import DataSpec
from torch.testing import assert_close

from tests.figures.checks import check_figure

from .small_examples import examples_of

PLANE = DataSpec("real", (2,), "real", 1, labels=("angle",))
SPACE = dataclasses.replace(PLANE, shape=(3,))
COLOURED = DataSpec("real", (3, 4, 5), "classes", 2, low=0, high=1)


@torch.no_grad()
def test_noisy_points_lead_to_their_reconstructions():
    torch.manual_seed(0)
    net = Autoencoder(in_features=2, hidden=[], code=5, corruption="gaussian", strength=0.5)
    batch = PLANE.fake_batch(80)
    examples = examples_of(net, PLANE, batch)
    assert POINTS.applies(examples)
    points, noisy, output, _ = check_figure(POINTS.figure(examples)).axes[0].collections
    x, given, rebuilt = (torch.tensor(dots.get_offsets().data).float() for dots in (points, noisy, output))
    assert_close(rebuilt, net(given))
    assert (given - x).std() == pytest.approx(0.5, abs=0.1)
    assert sorted(x.tolist()) == sorted(batch.x.tolist())
    again = check_figure(POINTS.figure(examples)).axes[0].collections[1]
    assert np.array_equal(again.get_offsets(), noisy.get_offsets())  # the same noise


@torch.no_grad()
def test_points_in_space_beside_their_reconstructions():
    net = Autoencoder(in_features=3, code=2)
    batch = SPACE.fake_batch(40)
    given, output = check_figure(POINTS.figure(examples_of(net, SPACE, batch))).axes
    assert_close(torch.tensor(given.collections[0]._offsets3d[0]).float(), batch.x[:, 0])
    assert_close(torch.tensor(output.collections[0]._offsets3d[2]).float(), net(batch.x)[:, 2])
    assert_close(torch.tensor(given.collections[0].get_array()).float(), batch.y[:, 0])
    denoising = Autoencoder(in_features=3, code=2, corruption="masking")
    shown = check_figure(POINTS.figure(examples_of(denoising, SPACE, batch))).axes
    assert [ax.get_title() for ax in shown] == ["input", "with noise", "output"]


@torch.no_grad()
def test_noise_that_the_network_adds_in_evaluation_is_not_added_twice(monkeypatch):
    net = Autoencoder(in_features=2, hidden=[], code=5, corruption="gaussian", strength=0.5)
    batch = PLANE.fake_batch(80)
    monkeypatch.setattr(net.corruption, "forward", lambda x: x + 0.25)
    points, noisy, output, _ = check_figure(POINTS.figure(examples_of(net, PLANE, batch))).axes[0].collections
    x, given, rebuilt = (torch.tensor(dots.get_offsets().data).float() for dots in (points, noisy, output))
    assert_close(given, x + 0.25)
    assert_close(rebuilt, net.decode(net.encode(x + 0.25)))


def test_vectors_of_other_sizes_are_no_points():
    four = dataclasses.replace(PLANE, shape=(4,))
    examples = examples_of(Autoencoder(in_features=4), four, four.fake_batch(5))
    assert not POINTS.applies(examples)
    assert not RECONSTRUCTIONS.applies(examples)
    assert not COLUMN_ERRORS.applies(examples)  # no table


@pytest.mark.parametrize("change", [{"target_size": 1}, {"partial": True}])
def test_targets_that_are_not_the_whole_input_are_no_points(change):
    examples = examples_of(Autoencoder(in_features=2), PLANE, PLANE.fake_batch(5))
    examples.task.spec = dataclasses.replace(examples.spec, **change)
    assert not POINTS.applies(examples)


@torch.no_grad()
def test_errors_of_columns_relative_to_their_variance():
    torch.manual_seed(0)
    generator = np.random.default_rng(0)
    kinds = generator.choice(["a", "b", "c"], 200)
    cells = {"length": generator.normal(5, 3, 200), "kind": kinds, "constant": 1.0, "width": generator.normal(size=200)}
    table = Array(path=None, source=pd.DataFrame(cells), target=[])
    split = table.splits["train"]
    width = split.x.shape[1]
    net = Autoencoder(in_features=width, hidden=[], code=2)
    examples = examples_of(
        net, table.spec, split.batch(), record=lambda: {"preprocessing": table.preprocessing.to_dict()}
    )
    assert COLUMN_ERRORS.applies(examples)
    (ax,) = check_figure(COLUMN_ERRORS.figure(examples)).axes
    bars = {label.get_text(): bar.get_width() for label, bar in zip(ax.get_yticklabels(), ax.patches, strict=True)}
    errors = (net(split.x) - split.x).square().double().sum(0)
    spreads = (split.x - split.x.mean(0)).square().double().sum(0)
    places = {name.partition("=")[0]: [] for name in table.preprocessing.features}
    for place, name in enumerate(table.preprocessing.features):
        places[name.partition("=")[0]].append(place)
    expected = {name: float(errors[at].sum() / spreads[at].sum()) for name, at in places.items() if spreads[at].sum()}
    assert bars == pytest.approx(expected, rel=1e-4)
    assert len(places["kind"]) == 3


@torch.no_grad()
def test_coloured_images_and_logits_are_reconstructed_as_images():
    torch.manual_seed(0)
    net = Autoencoder(in_features=60, code=2)
    batch = COLOURED.fake_batch(12)
    examples = examples_of(net, COLOURED, batch, loss=BinaryCrossEntropy())
    assert RECONSTRUCTIONS.applies(examples)
    figure = check_figure(RECONSTRUCTIONS.figure(examples))
    shown = figure.axes[0].images
    rebuilt = net(batch.x.flatten(1)).sigmoid().view_as(batch.x)  # probabilities, not logits
    low, high = batch.x[:10].min(), batch.x[:10].max()
    expected = ((rebuilt[0] - low) / (high - low)).clamp(0, 1).permute(1, 2, 0)
    assert_close(torch.tensor(shown[1].get_array()).float(), expected)
    error = (rebuilt[:10] - batch.x[:10]).square().mean()
    assert figure.get_suptitle().startswith(f"reconstructions, mean squared error {float(error):.3g}\n")


@torch.no_grad()
def test_reconstructions_of_inputs_with_and_without_noise():
    torch.manual_seed(0)
    batch = PLANE.fake_batch(30)
    plain = Autoencoder(in_features=2, code=2)
    noisy, output = reconstructed(examples_of(plain, PLANE, batch), batch.x)
    assert noisy is None
    assert_close(output, plain(batch.x))
    net = Autoencoder(in_features=2, hidden=[], code=5, corruption="gaussian", strength=0.5)
    noisy, output = reconstructed(examples_of(net, PLANE, batch), batch.x)
    torch.manual_seed(0)
    assert_close(noisy, net.corruption.corrupt(batch.x))
    assert_close(output, net(noisy))
    assert not net.corruption._forward_hooks  # nothing is left in the network


def test_columns_are_those_of_a_table():
    examples = examples_of(Autoencoder(in_features=2, code=2), PLANE, PLANE.fake_batch(30))
    for record in (
        None,
        {},
        {"preprocessing": {"kind": "numbers"}},
        {"transforms": [1], "preprocessing": {"kind": "table"}},
    ):
        examples.task.record = None if record is None else lambda record=record: record
        assert columns(examples) == []


def test_columns_that_do_not_vary_are_left_out(monkeypatch):
    drawn = []
    monkeypatch.setattr(reconstructions, "plot_column_errors", lambda *given: drawn.append(given))
    monkeypatch.setattr(reconstructions, "columns", lambda examples: [("a", 2), ("b", 1), ("c", 1)])
    true = torch.tensor([[0.0, 1, 5, 2], [2, 1, 5, 6]])  # squared deviations: a 2 + 0, b 0, c 8
    predicted = true + torch.tensor([[1.0, 0, 3, 1], [0, 2, 3, 1]])  # squared errors: a 1 + 4, b 18, c 2
    COLUMN_ERRORS.draw(SimpleNamespace(predicted=(predicted, true)))
    ((errors, names),) = drawn
    assert names == ["a", "c"]
    assert errors.tolist() == [2.5, 0.25]
