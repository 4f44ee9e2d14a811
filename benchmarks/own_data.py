"""Own data: reading tables and arrays against pandas and NumPy, predicting against a loop, splitting by class.

A row is 20 numbers and a target. Times are of one process in which the sides take turns, torch with one thread, pandas
as many as it likes; the peak of memory is that of a fresh process above what it takes once it has handled a small
file, so that all is imported.

`python benchmarks/own_data.py ROWS ...` measures other sizes than `make bench`.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import nnzoo
import numpy as np
import pandas as pd
import torch
from memory import of_process
from nnzoo.data.holdout import stratified
from nnzoo.data.tables.array import Array
from nnzoo.inference.files import predict_file, prediction_frame, write_table
from nnzoo.inference.trained import Trained

ROWS: tuple[int, ...] = (10**4, 10**5, 10**6)
REPEATS = 11  # half of them for large files
FEATURES = 20
BLOCK = 10**5  # rows written to a file at once
CHUNK = 10**4  # rows that the plain loop reads at once
BATCH = 1000
READING_TARGET, MEMORY_TARGET, PREDICTING_TARGET, WRITING_TARGET = 1.5, 3.0, 2.0, 1.0
PEAK = """
import sys
sys.path.insert(0, sys.argv[1])
import memory, own_data
own_data.warm(*sys.argv[2:])
before = memory.highest()
getattr(own_data, sys.argv[2])(*sys.argv[3:])
print(memory.highest() - before)
"""


class Kind(NamedTuple):
    """A kind of file, what writes it, and what reads it the plain way."""

    name: str
    file: str
    write: Callable[[Path, int], None]
    plain: Callable[[Path], object] = pd.read_csv


class Turn(NamedTuple):
    """Seconds of one side, by the processor's clock and by the wall's."""

    cpu: float
    wall: float


def frames(rows: int) -> Iterator[pd.DataFrame]:
    """Yield a table piece by piece: 20 numbers and a target that a network can learn."""
    generator = np.random.default_rng(0)
    weights = generator.normal(size=FEATURES)
    for begin in range(0, rows, BLOCK):
        x = generator.normal(size=(min(BLOCK, rows - begin), FEATURES)).round(6)
        yield pd.DataFrame(x, columns=[f"x{i}" for i in range(FEATURES)]).assign(y=(x @ weights).round(6))


def with_category(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with one of its columns as text of 20 categories."""
    return frame.assign(x0=[f"town {int(abs(10 * value)) % 20}" for value in frame["x0"]])


def with_classes(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with a text of five classes as target."""
    return frame.assign(y=pd.cut(frame["y"], [-99, -4, -1, 1, 4, 99], labels=["lowest", "low", "mid", "high", "top"]))


def csv_of(change: Callable[[pd.DataFrame], pd.DataFrame] = lambda frame: frame) -> Callable[[Path, int], None]:
    """Return what writes a table as CSV."""

    def write(path: Path, rows: int) -> None:
        with path.open("w") as file:
            for place, frame in enumerate(frames(rows)):
                change(frame).to_csv(file, index=False, header=place == 0)

    return write


def npz_of(kind: str) -> Callable[[Path, int], None]:
    """Return what writes the numbers of a table as an .npz."""

    def write(path: Path, rows: int) -> None:
        table = np.concatenate([frame.to_numpy(kind) for frame in frames(rows)])
        np.savez(path, x=table[:, :-1], y=table[:, -1])

    return write


def load_all(path: Path) -> object:
    return dict(np.load(path))


KINDS = [
    Kind("CSV of numbers", "numbers.csv", csv_of()),
    Kind("CSV, one column of 20 categories", "category.csv", csv_of(with_category)),
    Kind("CSV, five classes in words", "classes.csv", csv_of(with_classes)),
    Kind("npz of float32", "single.npz", npz_of("float32"), load_all),
    Kind("npz of float64", "double.npz", npz_of("float64"), load_all),
]


def timed(work: Callable[[], object]) -> Turn:
    """Return the times of one call."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Turn(time.process_time() - cpu, time.perf_counter() - wall)


def in_turns(repeats: int, *sides: Callable[[], object]) -> list[list[Turn]]:
    """Return the times of each side; the first of its turns warms up and is left out."""
    turns = [[timed(side) for side in sides] for _ in range(1 + repeats)][1:]
    return [list(each) for each in zip(*turns, strict=True)]


def ratios(theirs: list[Turn], ours: list[Turn]) -> dict[str, Any]:
    """Return the medians of both sides in seconds of CPU time, and of the ratios of the turns."""
    return {
        "plain_seconds": statistics.median(turn.cpu for turn in theirs),
        "ours_seconds": statistics.median(turn.cpu for turn in ours),
        "ratio": statistics.median(b.cpu / a.cpu for a, b in zip(theirs, ours, strict=True)),
        "wall_ratio": statistics.median(b.wall / a.wall for a, b in zip(theirs, ours, strict=True)),
    }


def warm(side: str, *args: str) -> None:
    """Import what a side needs on the way: have it handle a small file."""
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / f"small{Path(args[-1]).suffix}"
        npz_of("float32")(small, 100) if small.suffix == ".npz" else csv_of()(small, 100)
        read(str(small)) if side == "read" else predict(args[0], str(small), f"{folder}/answers.csv")


def read(path: str) -> Array:
    """Read a file as `data=array` does: kinds of columns, splits, scaling, checksum."""
    return Array(path=path)


def reading(kind: Kind, rows: int, folder: Path, repeats: int) -> dict[str, Any]:
    """Return times and peak of reading a file, against the same file as pandas or NumPy read it."""
    path = folder / kind.file
    kind.write(path, rows)
    found: dict[str, Any] = ratios(*in_turns(repeats, lambda: kind.plain(path), lambda: read(str(path))))
    array = 4 * read(str(path)).spec.shape[0] * rows / 2**20  # MiB
    found |= {
        "case": kind.name,
        "rows": rows,
        "peak": of_process(PEAK, "read", str(path)) / array,
        "peak_target": MEMORY_TARGET,
    }
    path.unlink()
    if kind.plain is pd.read_csv:
        found["target"] = READING_TARGET
    return found


def trained(folder: Path) -> Path:
    """Return a run on a small table."""
    path = folder / "small.csv"
    csv_of()(path, 1000)
    settings = ("model=mlp", "data=array", f"data.path={path}", f"output_dir={folder}", "trainer.max_epochs=1")
    return nnzoo.train(*settings, "logger=none").directory


def plain_loop(net: Trained, source: Path, output: Path) -> None:
    """Predict for the rows of a file as anybody would write it."""
    columns = net.preprocessing.columns  # type: ignore[attr-defined]
    mean, scale = (np.array([getattr(column, key) for column in columns]) for key in ("mean", "scale"))
    names = [column.name for column in columns]
    with torch.no_grad(), pd.read_csv(source, usecols=names, chunksize=CHUNK) as reader:
        for place, frame in enumerate(reader):
            x = torch.from_numpy(((frame.to_numpy() - mean) / scale).astype(np.float32))
            y = net.spec.in_units(torch.cat([net.network(batch, None) for batch in x.split(BATCH)]))
            answers = pd.DataFrame({"index": frame.index, "prediction": y[:, 0].numpy()})
            answers.to_csv(output, mode="a" if place else "w", header=not place, index=False)


def predict(run: str, source: str, output: str) -> None:
    """Predict as `nnzoo predict` does."""
    predict_file(nnzoo.load(run), source, output)


def predicting(run: Path, rows: int, folder: Path, repeats: int) -> dict[str, Any]:
    """Return times and peak of predicting for a file, against the loop."""
    net, source = nnzoo.load(run), folder / "new.csv"
    csv_of()(source, rows)
    output = folder / "answers.csv"
    sides = [lambda: plain_loop(net, source, output), lambda: predict_file(net, source, output)]
    found = ratios(*in_turns(repeats, *sides))
    mib = of_process(PEAK, "predict", str(run), str(source), str(output))
    source.unlink()
    rates = {f"{side}_rows": rows / found[f"{side}_seconds"] for side in ("plain", "ours")}
    return found | rates | {"rows": rows, "peak_mib": mib, "target": PREDICTING_TARGET}


def writing(run: Path, rows: int, folder: Path, repeats: int) -> dict[str, Any]:
    """Return times of writing predictions, against pandas."""
    net, output = nnzoo.load(run), folder / "answers.csv"
    answers = {"index": np.arange(rows), "prediction": np.random.default_rng(0).normal(size=rows)}
    pieces = [{key: part[begin : begin + CHUNK] for key, part in answers.items()} for begin in range(0, rows, CHUNK)]
    sides = [
        lambda: pd.DataFrame(answers).to_csv(output, index=False),
        lambda: write_table(output, (prediction_frame(net, piece) for piece in pieces), ","),
    ]
    return ratios(*in_turns(repeats, *sides)) | {"rows": rows, "target": WRITING_TARGET}


def splitting(rows: int, classes: int, repeats: int) -> dict[str, Any]:
    """Return milliseconds of a split by class, and nanoseconds a row."""
    y = torch.randint(classes, (rows,), generator=torch.Generator().manual_seed(0))
    turns = [timed(lambda: stratified(y, rows // 5, 0)).cpu for _ in range(1 + repeats)][1:]
    seconds = statistics.median(turns)
    return {"rows": rows, "classes": classes, "ms": 1e3 * seconds, "ns": 1e9 * seconds / rows}


def measure(sizes: tuple[int, ...]) -> dict[str, Any]:
    """Return all tables."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    found: dict[str, list[dict[str, Any]]] = {"reading": [], "predicting": [], "writing": [], "splitting": []}
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        run = trained(folder)
        for rows in sizes:
            repeats = -(-REPEATS // 2) if rows > 10**5 else REPEATS
            for kind in KINDS:
                found["reading"].append(reading(kind, rows, folder, repeats))
            found["predicting"].append(predicting(run, rows, folder, repeats))
            found["writing"].append(writing(run, rows, folder, repeats))
            found["splitting"] += [splitting(rows, classes, repeats) for classes in (10, 1000) if classes < rows]
            print(f"own data of {rows} rows measured", flush=True)
    torch.set_num_threads(threads)
    return found


if __name__ == "__main__":
    from page import own_data

    print(own_data(measure(tuple(map(int, sys.argv[1:])) or ROWS)))
