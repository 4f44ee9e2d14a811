"""Words of the components of a decoder."""

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import torch
from nnzoo.callbacks.pictures import words
from nnzoo.models.autoencoder import Autoencoder
from nnzoo.spec import DataSpec


def test_components_are_the_columns_of_a_linear_decoder(monkeypatch: Any) -> None:
    spec = DataSpec("counts", (5,), "none", 0, low=0.0, vocabulary=tuple("abcde")).with_input_as_target()
    model = Autoencoder(in_features=5, hidden=[], code=3)
    examples: Any = SimpleNamespace(
        net=SimpleNamespace(model=model),
        spec=spec,
        first=spec.fake_batch,
        task=SimpleNamespace(device="cpu"),
        trainer=SimpleNamespace(precision_plugin=SimpleNamespace(forward_context=nullcontext)),
    )
    drawn: list[Any] = []
    monkeypatch.setattr(words, "plot_top_words", lambda *given: drawn.extend(given))
    monkeypatch.setattr(words, "COMPONENTS", 2)
    assert words.has_word_components(examples)
    with torch.no_grad():
        words.draw_top_words(examples)
    weights, vocabulary, total = drawn
    torch.testing.assert_close(weights, model.head.weight.T[:2])
    assert (vocabulary, total) == (tuple("abcde"), 3)
