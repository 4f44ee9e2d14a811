"""Inputs, outputs and sizes of exported graphs."""

import logging

import pytest
import torch
from nnzoo.inference.export.graph import CHECKED_SIZES, Graph
from nnzoo.inference.export.onnx_file import quiet
from nnzoo.spec import DataSpec

from tests.inference.small_runs import untrained

VECTORS = DataSpec("real", (5,), "real", 1)
WORDS = DataSpec("tokens", (), "classes", 2, sequence=True, vocabulary=tuple("abcde"))
STEPS = DataSpec("real", (3,), "classes", 4, sequence=True, per_step=True)


def graph(model: str, spec: DataSpec) -> Graph:
    with torch.no_grad():
        return Graph(untrained(model, spec))


def described(kind: str, *shape: int | str) -> dict[str, object]:
    return {"type": kind, "shape": list(shape)}


def test_vectors() -> None:
    found = graph("linear", VECTORS)
    assert (found.inputs, found.outputs, found.axes) == (("x",), ("output",), {"x": {0: "batch"}})
    assert found.shapes() == {"x": described("float32", "batch", 5), "output": described("float32", "batch", 1)}
    x, mask = found.sample(3, 7, seed=0)
    assert x.shape == (3, 5)
    assert mask is None
    assert len(found.given((x, None))) == 1


def test_the_mask_is_an_input_if_the_output_depends_on_it() -> None:
    found = graph("blstm", WORDS)
    sizes = {0: "batch", 1: "steps"}
    assert (found.inputs, found.outputs) == (("x", "mask"), ("output", "probabilities"))
    assert found.axes == {"x": sizes, "mask": sizes}
    assert found.shapes() == {
        "x": described("int64", "batch", "steps"),
        "mask": described("bool", "batch", "steps"),
        "output": described("float32", "batch", 2),
        "probabilities": described("float32", "batch", 2),
    }
    x, mask = found.sample(3, 7, seed=0)
    assert mask is not None
    assert [each is given for each, given in zip((x, mask), found.given((x, mask)), strict=True)] == [True, True]


def test_a_causal_network_with_one_output_needs_the_mask() -> None:
    found = graph("rnn", WORDS)
    assert found.network.causal
    assert found.inputs == ("x", "mask")


def test_a_causal_network_with_an_output_at_each_step_needs_no_mask() -> None:
    found = graph("rnn", STEPS)
    assert (found.inputs, found.axes) == (("x",), {"x": {0: "batch", 1: "steps"}})
    assert found.shapes()["output"] == described("float32", "batch", "steps", 4)
    inputs = found.sample(3, 7, seed=0)
    assert inputs[1] is not None
    assert len(found.given(inputs)) == 1


@pytest.mark.parametrize("spec", [WORDS, STEPS])
def test_random_sequences(spec: DataSpec) -> None:
    """The first is the longest; padding is 0."""
    found = graph("blstm" if spec is WORDS else "rnn", spec)
    for examples, steps in CHECKED_SIZES:
        x, mask = found.sample(examples, steps, seed=1)
        assert mask is not None
        assert x.shape == (examples, steps, *spec.shape)
        assert mask[0].all()
        lengths = mask.sum(1)
        assert lengths.min() >= 1
        assert torch.equal(mask, torch.arange(steps) < lengths[:, None])
        assert not x[~mask].any()
        assert all(torch.equal(*pair) for pair in zip(found.sample(examples, steps, seed=1), (x, mask), strict=True))


@pytest.mark.parametrize("spec", [WORDS, STEPS])
def test_checks_are_of_several_sizes(spec: DataSpec) -> None:
    found = graph("blstm" if spec is WORDS else "rnn", spec)
    sizes = []
    with torch.no_grad():
        for inputs, outputs, mask in found.checks():
            sizes.append((*inputs[0].shape[:2],))
            assert len(inputs) == len(found.inputs)
            assert [len(each) for each in outputs] == [len(inputs[0])] * len(found.outputs)
            assert (mask is None) == (spec is WORDS)
    assert tuple(sizes) == CHECKED_SIZES


def test_the_level_of_the_log_is_restored() -> None:
    log = logging.getLogger("onnx_ir")
    before = log.level
    log.setLevel(logging.INFO)
    with quiet():
        assert log.level == logging.ERROR
    assert log.level == logging.INFO
    log.setLevel(before)
