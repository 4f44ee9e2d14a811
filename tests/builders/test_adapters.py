import pytest
import torch
from nnzoo.builders.adapters import (
    CONVERSIONS,
    BagOfWords,
    MultiHot,
    Network,
    choose_conversion,
    features_as_steps,
    flatten,
    identity,
    rows_as_steps,
)
from nnzoo.spec import DataSpec
from torch import nn

VECTOR = DataSpec("real", (5,), "classes", 3)
IMAGE = DataSpec("real", (2, 3, 4), "classes", 3)
VARYING = DataSpec("real", (5,), "classes", 3, sequence=True)
FIXED = DataSpec("real", (5,), "classes", 3, sequence=True, seq_len=7)
STEPS = DataSpec("real", (5,), "classes", 3, sequence=True, per_step=True)
TOKENS = DataSpec("tokens", (), "classes", 3, sequence=True, vocabulary=("a", "b"))
TAGS = DataSpec("tokens", (2,), "classes", 3, sequence=True, per_step=True, vocabulary=("a", "b"))


@pytest.mark.parametrize(
    ("spec", "accepts", "form", "sizes"),
    [
        (VECTOR, ("vector",), "vector", {"in_features": 5, "block_sizes": (), "input_means": ()}),
        (VECTOR, ("sequence",), "sequence", {"in_features": 1, "seq_len": 5, "per_step": False}),
        (VECTOR, ("sequence", "vector"), "vector", {"in_features": 5, "block_sizes": (), "input_means": ()}),
        (IMAGE, ("image",), "image", {"in_shape": (2, 3, 4)}),
        (IMAGE, ("vector", "image"), "image", {"in_shape": (2, 3, 4)}),
        (IMAGE, ("vector", "sequence"), "vector", {"in_features": 24}),
        (IMAGE, ("sequence",), "sequence", {"in_features": 8, "seq_len": 3, "per_step": False}),
        (VARYING, ("sequence",), "sequence", {"in_features": 5, "seq_len": None, "per_step": False}),
        (VARYING, ("vector", "sequence"), "sequence", {"in_features": 5, "seq_len": None, "per_step": False}),
        (FIXED, ("vector",), "vector", {"in_features": 35}),
        (STEPS, ("vector",), "vector", {"in_features": 5}),
        (STEPS, ("sequence",), "sequence", {"in_features": 5, "seq_len": None, "per_step": True}),
        (TOKENS, ("vector",), "vector", {"in_features": 2}),
        (TOKENS, ("sequence", "tokens"), "tokens", {"vocab_size": 2, "seq_len": None, "per_step": False}),
        (TOKENS, ("sequence",), "sequence", {"in_features": 2, "seq_len": None, "per_step": False}),
        (TAGS, ("vector",), "vector", {"in_features": 2}),
    ],
)
def test_sizes_agree_with_the_adapter(spec, accepts, form, sizes):
    chosen, adapter, found = choose_conversion(accepts, spec)
    assert (chosen, found) == (form, sizes)
    batch = spec.fake_batch(2, torch.Generator().manual_seed(0))
    x = adapter(batch.x, batch.mask)
    if "in_features" in sizes:
        assert x.shape[-1] == sizes["in_features"]
    if sizes.get("seq_len"):
        assert x.shape[1] == sizes["seq_len"]


@pytest.mark.parametrize(
    ("spec", "accepts"), [(VECTOR, ("image",)), (VARYING, ("vector", "image")), (TOKENS, ("image",))]
)
def test_incompatible_forms(spec, accepts):
    assert choose_conversion(accepts, spec) is None


def test_conversions_are_between_known_forms():
    assert len(CONVERSIONS) >= 7
    forms = {"vector", "image", "sequence", "tokens", "ids", "index"}
    assert {form for pair in CONVERSIONS for form in pair} <= forms


def test_order_of_converted_numbers():
    x = torch.arange(24).view(1, 2, 3, 4)  # channel, row, column: 12 c + 4 r + k
    assert flatten(x, None).tolist() == [list(range(24))]
    assert rows_as_steps(x, None)[0, 1].tolist() == [4, 5, 6, 7, 16, 17, 18, 19]
    assert features_as_steps(torch.tensor([[3, 1]]), None).tolist() == [[[3], [1]]]


def test_mask_is_passed_to_networks_that_take_it():
    class Sum(nn.Module):
        def forward(self, x, mask=None):
            return (x * mask[..., None]).sum(1)

    x = torch.tensor([[[1.0], [2.0], [3.0]], [[4.0], [5.0], [9.0]]])
    mask = torch.tensor([[True, True, True], [True, True, False]])
    assert Network(Sum(), identity, masked=True)(x, mask).tolist() == [[6.0], [9.0]]
    assert torch.equal(Network(nn.Identity(), identity, masked=False)(x, mask), x)
    assert Network(nn.Identity(), identity, masked=False).run(x, mask, None)[1] is None


def test_tokens_as_counts():
    ids = torch.tensor([[2, 0, 2], [1, 0, 0]])
    mask = torch.tensor([[True, True, True], [True, False, False]])
    assert BagOfWords(3)(ids, mask).tolist() == [[1.0, 0.0, 2.0], [0.0, 1.0, 0.0]]
    assert BagOfWords(3)(ids, None).tolist() == [[1.0, 0.0, 2.0], [2.0, 1.0, 0.0]]
    assert MultiHot(3)(ids, mask)[0].tolist() == [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    pairs = torch.stack([ids, torch.ones_like(ids)], -1)
    assert MultiHot(3)(pairs, mask)[1].tolist() == [[0.0, 2.0, 0.0], [1.0, 1.0, 0.0], [1.0, 1.0, 0.0]]
    assert BagOfWords(3)(pairs, mask)[1].tolist() == [0.0, 2.0, 0.0]
