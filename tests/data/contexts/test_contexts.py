"""Examples of windows, their spec, and the batches of a small stream, by hand. Aggarwal 2.6."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from nnzoo.data.contexts import contexts as module
from nnzoo.data.contexts import stream as streams
from nnzoo.data.contexts.contexts import Contexts, WindowOptions
from nnzoo.data.contexts.stream import TokenStream
from nnzoo.data.contexts.window_loader import WindowLoader
from nnzoo.data.splits import Split
from nnzoo.errors import UserError
from nnzoo.spec import DataSpec

NAMES = ("a", "b", "c")


def made(
    sequences: Sequence[Sequence[int]] = ([0, 1, 2], [1, 0]),
    *,
    documents: tuple[str, ...] = (),
    size: int = 1,
    random_size: bool = False,
    subsample: float | None = None,
    counts: Sequence[float] = (2.0, 2.0, 1.0),
    seed: int = 0,
) -> Contexts:
    """Return the contexts of sequences, each of which is a document if there are documents."""
    stream = TokenStream()
    for number, sequence in enumerate(sequences):
        stream.add(np.array(sequence), number if documents else 0)
    stream.close()
    return Contexts(
        names=NAMES,
        documents=documents,
        counts=np.array(counts),
        stream=lambda split, epoch: {"train": stream, "test": TokenStream.of([])}[split],
        options=WindowOptions(size, random_size, subsample),
        seed=seed,
    )


def loader(contexts: Contexts, batch_size: int) -> WindowLoader:
    return WindowLoader(contexts, Split.of(contexts.evaluated("train")), batch_size=batch_size)


def test_neighbours_as_input() -> None:
    x, y, mask, _ = made().evaluated("train")
    assert y.tolist() == [0, 1, 2, 1, 0]
    assert mask is not None
    assert x.masked_fill(~mask, 9).tolist() == [[1, 9], [0, 2], [1, 9], [0, 9], [1, 9]]
    x, y, mask, _ = made(documents=("d", "e")).evaluated("train")
    assert y.tolist() == [0, 1, 2, 1, 0]
    assert mask is not None
    assert x.masked_fill(~mask, 9).tolist() == [[3, 1, 9], [3, 0, 2], [3, 1, 9], [4, 0, 9], [4, 1, 9]]
    assert x.min() == 0  # also where there is no neighbour


def test_neighbours_as_target() -> None:
    contexts = made()
    contexts.reversed = True
    x, y, mask, _ = contexts.evaluated("train")
    assert x.tolist() == [[1], [2], [3], [2], [1]]
    assert y.tolist() == [[1, -1], [0, 2], [1, -1], [0, -1], [1, -1]]
    assert mask is None
    contexts = made(documents=("d", "e"))
    contexts.reversed = True
    x, y, mask, _ = contexts.evaluated("train")
    assert x.tolist() == [[1], [1], [1], [2], [2]]
    assert y.tolist() == [[0], [1], [2], [1], [0]]
    assert mask is None


@pytest.mark.parametrize("documents", [(), ("d", "e")])
def test_spec(documents: tuple[str, ...]) -> None:
    contexts = made(documents=documents)
    every = (*NAMES, *documents)
    assert contexts.spec == DataSpec("tokens", (), "classes", 3, sequence=True, vocabulary=every, labels=NAMES)
    contexts.reversed = True
    rows = documents or NAMES
    sizes = (len(rows) + 1,)
    assert contexts.spec == DataSpec("ids", (1,), "context", 3, sizes=sizes, vocabulary=rows, labels=NAMES)


@pytest.mark.parametrize(("limit", "tokens"), [(19, 20), (20, 20), (21, 30), (1000, 50)])
def test_evaluation_stops_after_the_block_that_reaches_the_limit(
    monkeypatch: pytest.MonkeyPatch, limit: int, tokens: int
) -> None:
    monkeypatch.setattr(streams, "BLOCK", 10)
    monkeypatch.setattr(module, "MAX_TOKENS", limit)
    ids = np.random.default_rng(0).integers(0, 3, (5, 10))
    assert made(ids.tolist()).evaluated("train").y.tolist() == ids.flatten()[:tokens].tolist()


def test_evaluated_windows_depend_on_seed_and_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "BLOCK", 40)
    ids = [[0, 1, 2, 1] * 10] * 2
    first, same, other = (made(ids, size=5, random_size=True, seed=seed).evaluated("train") for seed in (0, 0, 1))
    for one, two, equal in [(first, same, True), (first, other, False)]:
        assert torch.equal(one.x, two.x) == equal
    assert not torch.equal(first.x[:40], first.x[40:])  # two equal blocks


def test_frequent_tokens_are_left_out() -> None:
    """The token 0 is 99 % of all tokens; of each occurrence, sqrt(t / f) + t / f = 0.011 are kept."""
    contexts = made([[0] * 9900 + [1, 2] * 50], subsample=1e-4, counts=(9900.0, 50.0, 50.0))
    counts = contexts.evaluated("train").y.bincount()
    assert counts[0] == pytest.approx(9900 * (0.0001 / 0.99 + (0.0001 / 0.99) ** 0.5), abs=40)
    assert counts[0] > 60
    everything = made([[0] * 9900 + [1, 2] * 50], counts=(9900.0, 50.0, 50.0)).evaluated("train")
    assert everything.y.bincount().tolist() == [9900, 50, 50]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"size": 0}, "data.window is 0; it must be at least 1"),
        ({"subsample": 0.0}, "data.subsample is 0.0; it must be above 0, or null"),
        ({"subsample": float("inf")}, "data.subsample is inf; it must be above 0, or null"),
        ({"subsample": -1.0}, "data.subsample is -1.0"),
    ],
)
def test_options_out_of_range(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        made(**settings)


def test_no_neighbours() -> None:
    with pytest.raises(UserError, match=r"no token of the train split has a neighbour; the sequences are too short$"):
        made([[0], [1]]).evaluated("train")


def test_a_block_without_windows_repeats_an_evaluated_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "BLOCK", 2)
    windows = loader(made([[0], [1, 2]]), 1)
    assert windows.steps(0) == 3
    for epoch in range(4):
        batches = list(windows.epoch(epoch))
        assert [len(batch.y) for batch in batches] == [1, 1, 1]
        assert sorted(int(batch.y) for batch in batches) == [1, 1, 2]  # the window of 1 is the first evaluated one


def test_a_batch_has_the_windows_of_consecutive_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "BLOCK", 7)
    ids = [[0, 1, 2, 0, 2, 1, 1], [2, 2, 1, 0, 0]]
    windows = loader(made(ids), 3)
    assert [windows.steps(epoch) for epoch in (0, 5)] == [5, 5]
    parts = [[0, 1, 2], [0, 2, 1], [1]], [[2, 2, 1], [0, 0]]
    orders = {tuple(tuple(batch.y.tolist()) for batch in windows.epoch(epoch)) for epoch in range(9)}
    both = [tuple(map(tuple, [*parts[a], *parts[b]])) for a, b in ((0, 1), (1, 0))]
    assert orders == {*both}


def test_batches_are_moved_to_the_device() -> None:
    windows = loader(made(), 2)
    assert {batch.x.device.type for batch in windows.epoch(0)} == {"cpu"}
    windows.to(torch.device("meta"))
    assert {batch.x.device.type for batch in windows.epoch(0)} == {"meta"}


def test_the_batch_size_is_at_least_1() -> None:
    with pytest.raises(UserError, match=r"loader\.batch_size is 0; it must be at least 1"):
        loader(made(), 0)
