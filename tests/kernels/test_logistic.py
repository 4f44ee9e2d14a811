"""Steps that are written out against autograd in double precision. Aggarwal 2.6.2, eq. 2.56."""

from importlib.util import find_spec
from itertools import product
from typing import NamedTuple

import pytest
import torch
from nnzoo.errors import UserError
from nnzoo.kernels.logistic import Steps, compiled_steps, kernel_named, torch_steps
from torch import Tensor
from torch.nn.functional import logsigmoid

LR = 0.1
COMPILED = pytest.mark.skipif(find_spec("numba") is None, reason="numba is not installed; it is in the extra 'fast'")


class Case(NamedTuple):
    inputs: Tensor
    outputs: Tensor
    rows: Tensor
    ids: Tensor
    weights: Tensor
    shared: Tensor
    shared_weights: Tensor


def case(
    rows: int,
    outputs: int,
    dtype: torch.dtype,
    scale: float = 1.0,
    examples: int = 40,
    shared: int = 5,
    size: int = 100,
) -> Case:
    """Return random vectors of few tokens, so that they repeat within a step, and examples with absent entries."""
    generator = torch.Generator().manual_seed(1)
    vectors = [scale * torch.randn(30, 7, generator=generator, dtype=torch.float64) for _ in range(2)]
    used, ids = (torch.randint(30, (examples, width), generator=generator) for width in (rows, outputs))
    absent = torch.rand(used.shape, generator=generator) < 0.4
    absent[:, 0] = False
    weights = torch.randint(-3, 4, ids.shape, generator=generator).to(dtype)
    of_steps = torch.randint(30, (-(-examples // size), shared), generator=generator)
    shared_weights = -torch.rand(examples, generator=generator).to(dtype)
    return Case(*(v.to(dtype) for v in vectors), used.masked_fill(absent, -1), ids, weights, of_steps, shared_weights)


def by_autograd(given: Case, *, average: bool) -> tuple[Tensor, Tensor, float]:
    """Return both tables after one step and the loss before it, output by output."""
    inputs, outputs = (v.double().requires_grad_() for v in given[:2])
    total = torch.zeros((), dtype=torch.float64)
    for b, rows in enumerate(given.rows.tolist()):
        used = [inputs[row] for row in rows if row >= 0]
        hidden = torch.stack(used).sum(0) / (len(used) if average else 1)
        weights = given.weights[b].tolist() + [given.shared_weights[b].item()] * given.shared.shape[1]
        for i, weight in zip([*given.ids[b].tolist(), *given.shared[0].tolist()], weights, strict=True):
            sign = 1 if weight > 0 else -1
            total = total - abs(weight) * logsigmoid(sign * (hidden @ outputs[i]))
    changes = torch.autograd.grad(total, (inputs, outputs))
    return inputs.detach() - LR * changes[0], outputs.detach() - LR * changes[1], total.item()


@pytest.mark.parametrize(("shape", "average"), list(product([(1, 6), (6, 1), (3, 2)], [False, True])))
def test_a_step_with_torch(shape: tuple[int, int], average: bool) -> None:
    given = case(*shape, torch.float64)
    expected = by_autograd(given, average=average)
    loss = torch_steps(*given, LR, average, 100)
    torch.testing.assert_close((given.inputs, given.outputs), expected[:2])
    assert loss == pytest.approx(expected[2])


@COMPILED
@pytest.mark.parametrize("shared", [0, 5])
@pytest.mark.parametrize(("shape", "average"), list(product([(1, 6), (6, 1), (3, 2)], [False, True])))
def test_a_compiled_step(shape: tuple[int, int], average: bool, shared: int) -> None:
    given = case(*shape, torch.float32, shared=shared)
    expected = by_autograd(given, average=average)
    loss = compiled_steps()(*given, LR, average, 100)
    torch.testing.assert_close((given.inputs.double(), given.outputs.double()), expected[:2], rtol=1e-4, atol=1e-5)
    assert loss == pytest.approx(expected[2], rel=1e-5)


@pytest.mark.parametrize("step", [torch_steps, pytest.param(None, marks=COMPILED)])
def test_scores_without_bound(step: Steps | None) -> None:
    """Losses of thousands are finite, and so is what is learned from them."""
    given = case(1, 4, torch.float32, scale=40.0)
    expected = by_autograd(given, average=False)
    loss = (step or compiled_steps())(*given, LR, False, 100)
    assert expected[2] > 1e5
    assert loss == pytest.approx(expected[2], rel=1e-5)
    torch.testing.assert_close(given.outputs.double(), expected[1], rtol=1e-4, atol=1e-2)


@pytest.mark.parametrize("step", [torch_steps, pytest.param(None, marks=COMPILED)])
def test_other_vectors_do_not_move(step: Steps | None) -> None:
    given = case(1, 2, torch.float32, examples=3)
    before = [vectors.clone() for vectors in given[:2]]
    (step or compiled_steps())(*given, LR, False, 100)
    read = given.rows.unique().tolist(), torch.cat([given.ids.flatten(), given.shared[0]]).tolist()
    for vectors, old, used in zip(given[:2], before, read, strict=True):
        others = [row for row in range(30) if row not in used]
        assert others
        assert torch.equal(vectors[others], old[others])
        assert not torch.equal(vectors, old)


@pytest.mark.parametrize("steps", [torch_steps, pytest.param(None, marks=COMPILED)])
def test_a_step_for_each_so_many_examples(steps: Steps | None) -> None:
    given, other = (case(2, 3, torch.float32, size=16) for _ in range(2))
    loss = (steps or compiled_steps())(*given, LR, True, 16)
    losses = []
    for step, first in enumerate(range(0, 40, 16)):
        rows, ids, weights, shared_weights = (each[first : first + 16] for each in (*other[2:5], other.shared_weights))
        shared = other.shared[step : step + 1]
        losses.append(torch_steps(*other[:2], rows, ids, weights, shared, shared_weights, LR, True, 100))
    assert loss == pytest.approx(sum(losses), rel=1e-5)
    torch.testing.assert_close(given[:2], other[:2])


def test_kernels_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert kernel_named("torch") == ("torch", torch_steps)
    with pytest.raises(UserError, match=r"unknown task\.kernel 'compile'; did you mean 'compiled'"):
        kernel_named("compile")
    monkeypatch.setattr("nnzoo.kernels.logistic.find_spec", lambda name: None)
    assert kernel_named("auto") == ("torch", torch_steps)
    with pytest.raises(UserError, match=r"task.kernel=compiled needs numba: pip install 'nnzoo\[fast\]'"):
        kernel_named("compiled")
