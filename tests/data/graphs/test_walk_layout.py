"""Walks on a graph as sequences for windows."""

from typing import Any

import numpy as np
import pytest
import torch
from nnzoo.data.graphs.classic import Karate
from nnzoo.data.graphs.walk_layout import WalkLayout
from nnzoo.errors import UserError
from nnzoo.graphs.walks import walk_ids

from tests.support.contract import fits


def made(**settings: Any) -> Karate:
    return Karate(**{"layout": "walks", "walks": 2, "length": 6, "window": 1, "random_window": False, **settings})


def test_windows_are_neighbours_in_training_edges() -> None:
    data = made()
    data.predict_context()
    fits(data.spec, data.splits["train"].batch())
    train = data.division.train
    for epoch in (0, 1):
        for batch in data.train_loader().epoch(epoch):
            for place in (0, 1):
                there = batch.y[:, place] >= 0
                assert train.has_edges(batch.x[there, 0].numpy() - 1, batch.y[there, place].numpy()).all()


def test_nodes_are_encoded_as_inputs() -> None:
    """Alone, a node has its number from 1, where 0 stands for unknown ones; as neighbours, nodes are tokens from 0."""
    data = made()
    assert data.preprocessing.encode([[1, 0, 33]]).x.tolist() == [[1, 0, 33]]
    assert data.spec.sequence
    data.predict_context()
    assert data.preprocessing.encode(["2", "34"]).x.tolist() == [[2], [34]]


def test_held_out_edges_are_sequences() -> None:
    data = made()
    data.predict_context()
    for split in ("val", "test"):
        part = data.splits[split].batch()
        found = {*zip((part.x[:, 0] - 1).tolist(), part.y[:, 0].tolist(), strict=True)}
        assert found == {*map(tuple, data.division.pairs(split).tolist())}
        assert (part.y[:, 1] == -1).all()


def test_each_epoch_has_the_walks_of_seed_and_epoch() -> None:
    data = made(p=0.5, q=2.0, seed=4)
    for epoch in (3, 0, 3):
        walks = walk_ids(data.division.train, walks=2, length=6, p=0.5, q=2.0, seed=4, epoch=epoch)
        assert isinstance(data.layout, WalkLayout)
        stream = data.layout.stream("train", epoch)
        blocks = np.concatenate([stream.block(number) for number in range(len(stream))])
        lengths = (walks >= 0).sum(1)
        expected = np.concatenate([[*walk[:n], -1] for walk, n in zip(walks, lengths, strict=True) if n > 1])
        np.testing.assert_array_equal(blocks, expected)  # walks of isolated nodes are left out


def test_counts_are_those_of_the_walks() -> None:
    data = made()
    assert isinstance(data.layout, WalkLayout)
    walks = data.layout.walks(0)
    assert sum(data.target_counts()) == (walks >= 0).sum()
    assert data.target_counts()[0] == (walks == 0).sum()


def test_without_test_edges_all_edges_have_walks() -> None:
    data = made(val=0, test=0, walks=50)
    data.predict_context()
    pairs = torch.cat([torch.stack([b.x[:, 0] - 1, b.y[:, 0]], 1) for b in data.train_loader().epoch(0)])
    assert len(pairs.unique(dim=0)) == 2 * 78


def test_edges_as_single_neighbours() -> None:
    data, classes = Karate(layout="edges"), Karate(layout="edges")
    data.predict_context()
    fits(data.spec, data.splits["test"].batch())
    for split in classes.splits:
        assert torch.equal(data.splits[split].y[:, 0], classes.splits[split].y)
    np.testing.assert_allclose(data.target_counts(), data.division.train.adjacency.sum(0))  # weighted degrees
    batch = next(iter(data.train_loader()))
    assert batch.y.shape == (len(batch.x), 1)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"walks": 0}, "walks is 0; it must be at least 1"),
        ({"length": 1}, "length is 1; it must be at least 2"),
        ({"p": -1.0}, "p is -1.0; it must be above 0"),
        ({"window": 0}, "data.window is 0; it must be at least 1"),
        ({"layout": "edges"}, "data.walks=2 has no effect; it is for data.layout=walks"),
    ],
)
def test_what_makes_no_sense_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        made(**settings)


@pytest.mark.parametrize("layout", ["pairs", "index", "rows"])
def test_other_layouts_have_no_neighbours(layout: str) -> None:
    with pytest.raises(UserError, match="head=context predicts the neighbours of nodes"):
        Karate(layout=layout).predict_context()
