"""What a network with an adapter passes to its model."""

from typing import Any

import pytest
import torch
from nnzoo.builders.adapters import BagOfWords, MultiHot, Network, choose_conversion, identity
from nnzoo.errors import UserError
from nnzoo.layers.embeddings.tokens import TokenEmbedding
from nnzoo.spec import DataSpec
from torch import nn


class Telling(nn.Module):
    """A network that returns with what it was called."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(2, 3)

    def forward(self, *arguments: Any) -> Any:
        return "forward", *arguments

    def forward_features(self, *arguments: Any) -> Any:
        return "features", *arguments

    def encode(self, *arguments: Any) -> Any:
        return "encode", *arguments

    def decode(self, *arguments: Any) -> Any:
        return "decode", *arguments

    def vectors(self, *arguments: Any) -> Any:
        return "vectors", *arguments

    def member_outputs(self, *arguments: Any) -> Any:
        return "members", *arguments

    def combine(self, *arguments: Any) -> Any:
        return "combine", *arguments

    def run(self, *arguments: Any) -> Any:
        return "run", *arguments


def of(model: nn.Module, *, masked: bool = False, adapter: Any = identity) -> Any:
    return Network(model, adapter, masked=masked)


def test_the_model_gets_the_adapted_input_and_the_mask_if_it_takes_it() -> None:
    model = Telling()
    plain, masked = (of(model, masked=each, adapter=lambda x, mask: f"{x} with {mask}") for each in (False, True))
    x = "x with m"
    assert plain("x", "m") == ("forward", x)
    assert masked("x", "m") == ("forward", x, "m")
    assert plain("x", "m", "y") == masked("x", "m", "y") == ("forward", x, "m", "y")
    assert plain.forward_features("x", "m") == ("features", x, None)
    assert masked.forward_features("x", "m") == ("features", x, "m")
    assert masked.forward_features("x", "m", "y") == ("features", x, "m", "y")
    assert plain.encode("x", "m") == ("encode", x)
    assert masked.encode("x", "m") == ("encode", x, "m")
    assert plain.run("x", "m", "state") == ("run", x, "m", "state")
    assert plain.member_outputs("x", "m") == ("members", x)
    assert plain.decode("code") == ("decode", "code")
    assert plain.combine("values") == ("combine", "values")
    assert plain.head is model.head
    assert plain.has_vectors
    assert plain.vectors("sum") == ("vectors", "sum")


def test_a_network_is_its_only_member() -> None:
    net = of(nn.Linear(2, 3))
    x = torch.rand(4, 2)
    assert torch.equal(net.member_outputs(x), net(x)[:, None])
    values = torch.rand(4, 1, 1)
    assert torch.equal(net.combine(values), values[:, 0])


def test_what_a_network_does_not_have_is_named() -> None:
    net = of(nn.Linear(2, 3))
    assert not net.has_vectors
    for call, message in (
        (lambda: net.encode(torch.zeros(1, 2)), r"^Linear has no codes, as autoencoders do; layer=\.\.\. names a"),
        (lambda: net.decode(torch.zeros(1, 2)), "^Linear has no decoder; autoencoders do, for example$"),
        (net.vectors, "^Linear has no vectors of words or nodes; skip-gram and networks of tokens do$"),
    ):
        with pytest.raises(UserError, match=message):
            call()
    net.model.context = 3
    with pytest.raises(UserError, match=r"^Linear decodes a code only together with a context; sample does$"):
        net.decode(torch.zeros(1, 2))


def test_an_embedding_of_tokens_has_input_vectors() -> None:
    model = nn.Module()
    model.embedding = nn.Embedding(4, 2)
    assert not of(model).has_vectors
    model.embedding = TokenEmbedding(4, 2)
    net = of(model)
    assert net.has_vectors
    assert net.vectors() is model.embedding.weight
    with pytest.raises(UserError, match=r"^vectors=output: Module has only input vectors; leave it out$"):
        net.vectors("output")


def test_the_mode_is_set() -> None:
    net = of(nn.Sequential(nn.Dropout(), nn.Dropout()))
    assert net.eval() is net
    assert net.train() is net
    net.keep_in_evaluation_mode(layer for layer in [net.model[1]])
    assert [layer.training for layer in net.model] == [True, False]
    net.eval().keep_in_evaluation_mode([])
    assert not net.training
    assert [layer.training for layer in net.train().model] == [True, True]


def test_tokens_are_counted_for_the_sequence_or_for_each_step() -> None:
    words = DataSpec("tokens", (), "classes", 3, sequence=True, vocabulary=("a", "b"))
    tags = DataSpec("tokens", (2,), "classes", 3, sequence=True, per_step=True, vocabulary=("a", "b"))
    for spec, form, kind in ((words, "vector", BagOfWords), (tags, "vector", MultiHot), (words, "sequence", MultiHot)):
        adapter: Any = choose_conversion((form,), spec)[1]
        assert type(adapter) is kind
        assert adapter.size == 2
        counts = adapter(torch.zeros(1, 3, 1, dtype=torch.long, device="meta"), None)
        assert counts.device.type == "meta"


def test_numbers_of_ids() -> None:
    pairs, triples, single = (DataSpec("ids", (len(n),), "real", 1, sizes=n) for n in ((3, 6), (3, 6, 2), (7,)))
    assert choose_conversion(("ids",), pairs) == ("ids", identity, {"num_users": 3, "num_items": 6})
    assert choose_conversion(("ids",), triples) is None
    assert choose_conversion(("index",), single) == ("index", identity, {"num_users": 7, "num_ids": 7})
