"""What a batch is by the spec of its data."""

import torch
from nnzoo.spec import Batch, DataSpec


def fits(spec: DataSpec, batch: Batch) -> None:
    """Assert that a batch is of the kind, shape, type and range that the spec promises."""
    x, y, mask = batch.x, batch.y, batch.mask
    steps = x.shape[1:2] if spec.sequence else ()
    assert x.shape == (len(x), *steps, *spec.shape)
    if spec.sequence and spec.seq_len is not None:
        assert steps == (spec.seq_len,)
    varying = spec.sequence and spec.seq_len is None
    assert varying or mask is None
    assert mask is not None or not varying or spec.target == "next_token"  # streams of a text have no end
    real = torch.ones(x.shape[: 1 + len(steps)], dtype=torch.bool) if mask is None else mask
    assert real.shape == x.shape[: 1 + len(steps)]
    assert real.dtype == torch.bool
    if mask is not None:
        assert mask.any(1).all()
        assert (mask[:, 1:] <= mask[:, :-1]).all()
        assert not x[~mask].any()
    inputs = x[real]
    assert (inputs >= spec.low).all()
    assert (inputs <= spec.high).all()
    if spec.input in ("onehot", "binary", "sign"):
        assert (spec.low, spec.high) == (-1 if spec.input == "sign" else 0, 1)
    match spec.input:
        case "tokens":
            assert x.dtype == torch.int64
            assert inputs.min() >= 0
            assert inputs.max() < len(spec.vocabulary)
        case "onehot":
            assert (inputs.sum(-1) == 1).all()
            assert (inputs.max(-1).values == 1).all()
            assert len(spec.vocabulary) == spec.shape[-1]
        case "binary":
            assert ((inputs == 0) | (inputs == 1)).all()
        case "ids":
            assert x.dtype == torch.int64
            assert (inputs >= 0).all()
            assert (inputs < torch.tensor(spec.sizes)).all()
        case "counts":
            assert (inputs >= 0).all()
            assert torch.equal(inputs, inputs.round())
        case "sign":
            assert (inputs.abs() == 1).all()
        case "real":
            assert inputs.isfinite().all()
    if spec.input not in ("tokens", "ids"):
        assert x.dtype == torch.float32
    lead = (len(x), *(steps if spec.per_step else ()))
    match spec.target:
        case "classes" | "next_token":
            assert y.shape == lead
            assert y.dtype == torch.int64
            assert y.min() >= 0
            assert y.max() < spec.target_size
        case "real" | "multilabel":
            assert y.shape == (*lead, spec.target_size)
            assert y.dtype == torch.float32
            assert spec.partial or y.isfinite().all()
            assert not y.isnan().all(-1).any()
            assert spec.target == "real" or ((y == 0) | (y == 1) | y.isnan()).all()
        case "counts":
            assert y.shape == (*lead, spec.target_size)
            assert y.dtype == torch.float32
            assert (y >= 0).all()
        case "signed_counts":
            assert y.shape == (*lead, 1)
            assert y.dtype == torch.float32
            assert (y != 0).all()
        case "input":
            assert torch.equal(x, y)
        case "sequence":
            assert y.dtype == torch.int64
            assert len(y) == len(x)
            assert y.shape[1] == (y >= 0).sum(1).max() <= spec.target_len
            assert y.max() < spec.target_size
            assert ((y == 0).sum(1) == 1).all()
            assert torch.equal((y == 0).int().argmax(1), (y > 0).sum(1))  # the end comes after all other symbols
            assert torch.equal(y == -1, (y == 0).cumsum(1) - (y == 0).int() > 0)
    assert not spec.labels or len(spec.labels) == spec.target_size
