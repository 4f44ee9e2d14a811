"""The picture of words: for which networks and data it is, and what it shows."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from nnzoo.callbacks.pictures.word_map import WORD_MAP
from nnzoo.models.cbow import CBOW
from nnzoo.models.recurrent.lstm import LSTM
from nnzoo.models.skip_gram import SkipGram
from nnzoo.spec import DataSpec
from torch import nn

WORDS = tuple(f"w{i}" for i in range(20))
CONTEXT = DataSpec("ids", (1,), "context", 20, sizes=(21,), vocabulary=WORDS, labels=WORDS)
NEIGHBOURS = DataSpec("tokens", (), "classes", 20, sequence=True, vocabulary=WORDS, labels=WORDS)
TEXT = DataSpec("tokens", (), "next_token", 20, sequence=True, per_step=True, vocabulary=WORDS)
SKIP_GRAM = SkipGram(num_ids=21, out_features=20, dimension=4)
CBOW_NET = CBOW(vocab_size=20, out_features=20, dimension=4)


def examples(net: nn.Module, spec: DataSpec, graph: object = None) -> Any:
    return SimpleNamespace(net=SimpleNamespace(model=net), spec=spec, loader=SimpleNamespace(graph=graph))


@pytest.mark.parametrize(
    ("net", "spec", "graph", "applies"),
    [
        (SKIP_GRAM, CONTEXT, None, True),
        (CBOW_NET, NEIGHBOURS, None, True),
        (SKIP_GRAM, CONTEXT, object(), False),  # has a picture of its own
        (LSTM(vocab_size=20, out_features=20), TEXT, None, False),
        (nn.Linear(1, 1), CONTEXT, None, False),
    ],
)
def test_it_is_for_words_from_their_neighbours(net: nn.Module, spec: DataSpec, graph: object, applies: bool) -> None:
    assert bool(WORD_MAP.applies(examples(net, spec, graph))) == applies


def test_it_shows_names_at_places_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The map is of directions: words with the same direction are at the same place, whatever their lengths."""
    monkeypatch.setattr("nnzoo.callbacks.pictures.word_map.tsne", lambda vectors: vectors[:, :2])
    with torch.no_grad():
        SKIP_GRAM.embedding.weight[1] = 3 * SKIP_GRAM.embedding.weight[0]
    figure = WORD_MAP.draw(examples(SKIP_GRAM, CONTEXT))
    texts = {text.get_text(): text.get_position() for text in figure.axes[0].texts}
    assert list(texts) == list(WORDS)
    places = torch.tensor([texts[name] for name in WORDS])
    torch.testing.assert_close(places[0], places[1])
    assert not torch.allclose(places[0], places[2])
    (x0, x1), (y0, y1) = figure.axes[0].get_xlim(), figure.axes[0].get_ylim()
    assert all(x0 < x < x1 and y0 < y < y1 for x, y in texts.values())


def test_the_first_hundred_words_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    words = tuple(f"w{i}" for i in range(103))
    for number, shown in ((103, 100), (100, 100), (12, 12)):
        spec = DataSpec("ids", (1,), "context", number, sizes=(number + 1,), vocabulary=words[:number])
        monkeypatch.setattr("nnzoo.callbacks.pictures.word_map.tsne", lambda vectors: vectors[:, :2])
        figure = WORD_MAP.draw(examples(SkipGram(num_ids=number + 1, out_features=number, dimension=4), spec))
        assert [text.get_text() for text in figure.axes[0].texts] == list(words[:shown])
        assert figure.get_suptitle() == f"t-SNE of the vectors of {shown} of {number} words"
