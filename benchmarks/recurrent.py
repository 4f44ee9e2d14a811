"""Recurrent cells against torch's fused layers: forward and backward of a batch of 32 sequences of 7 numbers a step."""

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
from nnzoo.layers.cells.base import Cell
from nnzoo.layers.cells.constrained import SCRNCell
from nnzoo.layers.cells.elman import IRNN, Elman
from nnzoo.layers.cells.forget import ForgetGate
from nnzoo.layers.cells.gru import GRU
from nnzoo.layers.cells.layer_norm import LayerNormElman, LayerNormGRU, LayerNormLSTM
from nnzoo.layers.cells.lstm import LSTM
from nnzoo.layers.cells.reservoir import Reservoir
from torch import nn

BATCH, INPUTS, REPEATS, TARGET = 32, 7, 9, 1.5
UNITS: tuple[int, ...] = (4, 20, 128)
STEPS: tuple[int, ...] = (50, 200)


class Kind(NamedTuple):
    """A cell of ours and the layer of torch that it is held against."""

    name: str
    cell: Callable[[int], Cell]
    torchs: type[nn.RNN | nn.LSTM | nn.GRU]


KINDS = [
    Kind("rnn / nn.RNN", lambda m: Elman(INPUTS, m), nn.RNN),
    Kind("irnn / nn.RNN", lambda m: IRNN(INPUTS, m), nn.RNN),
    Kind("esn_rnn / nn.RNN", lambda m: Reservoir(INPUTS, m, trainable=True), nn.RNN),
    Kind("scrn / nn.RNN", lambda m: SCRNCell(INPUTS, m), nn.RNN),
    Kind("lstm / nn.LSTM", lambda m: LSTM(INPUTS, m), nn.LSTM),
    Kind("gru, reset after / nn.GRU", lambda m: GRU(INPUTS, m, reset="after"), nn.GRU),
    Kind("gru, reset before / nn.GRU", lambda m: GRU(INPUTS, m), nn.GRU),
    Kind("forget_rnn / nn.GRU", lambda m: ForgetGate(INPUTS, m), nn.GRU),
    Kind("lstm, output inner / nn.LSTM", lambda m: LSTM(INPUTS, m, output="inner"), nn.LSTM),
    Kind("lstm, output linear / nn.LSTM", lambda m: LSTM(INPUTS, m, output="linear"), nn.LSTM),
    Kind("layer_norm_rnn / nn.RNN", lambda m: LayerNormElman(INPUTS, m), nn.RNN),
    Kind("layer_norm_lstm / nn.LSTM", lambda m: LayerNormLSTM(INPUTS, m), nn.LSTM),
    Kind("layer_norm_gru / nn.GRU", lambda m: LayerNormGRU(INPUTS, m), nn.GRU),
]


def timed(step: Callable[[], object]) -> float:
    """Return the seconds of one call."""
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


def compared(kind: Kind, units: int, steps: int) -> dict[str, Any]:
    """Return the medians of one size; the sides take turns."""
    x = torch.randn(BATCH, steps, INPUTS)
    cell, layer = kind.cell(units), kind.torchs(INPUTS, units, batch_first=True)
    state = tuple(torch.zeros(BATCH, size) for size in cell.state_sizes)
    sides: list[Callable[[], object]] = [
        lambda: layer(x)[0].square().sum().backward(),
        lambda: cell(x, state)[0].square().sum().backward(),
    ]
    for side in sides:
        side()
    times = [[timed(side) for side in sides] for _ in range(REPEATS)]
    torchs, ours = (1e3 * statistics.median(each) for each in zip(*times, strict=True))
    return {
        "case": kind.name,
        "units": units,
        "steps": steps,
        "torch_ms": torchs,
        "ours_ms": ours,
        "ratio": statistics.median(b / a for a, b in times),
        "target": TARGET,
    }


def compiled(compiler: Callable[[Callable[[], torch.Tensor]], Callable[[], torch.Tensor]]) -> dict[str, Any]:
    """Return milliseconds of a step of the published Reber network: torch's layer, and our cell in three ways."""
    x, units = torch.randn(400, 50, INPUTS), 4
    cell, layer = Elman(INPUTS, units), nn.RNN(INPUTS, units, batch_first=True)
    state = (torch.zeros(400, units),)
    loop = compiler(lambda: cell.run_steps(cell.project(x), state)[0].square().sum())
    first = timed(lambda: loop().backward())
    sides: dict[str, Callable[[], object]] = {
        "torch": lambda: layer(x)[0].square().sum().backward(),
        "loop": lambda: cell.run_steps(cell.project(x), state)[0].square().sum().backward(),
        "compiled": lambda: loop().backward(),
        "scan": lambda: cell(x, state)[0].square().sum().backward(),
    }
    times = [[timed(side) for side in sides.values()] for _ in range(REPEATS)]
    medians = [1e3 * statistics.median(each) for each in zip(*times, strict=True)]
    return {"compile_seconds": first, **dict(zip((f"{name}_ms" for name in sides), medians, strict=True))}


def all_cases() -> Iterator[dict[str, Any]]:
    """Yield the results of all cells and sizes, in one thread, as runs of such sizes have."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    for kind in KINDS:
        for units in UNITS:
            for steps in STEPS:
                yield compared(kind, units, steps)
    torch.set_num_threads(threads)
