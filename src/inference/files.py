"""Predictions and codes for a file of examples, written piece by piece: memory stays flat, whatever its length."""

import os
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Any

import numpy as np

from ..errors import UserError
from ..files.paths import existing_file, expand_path
from .trained import ANSWERS, CODES, Answers, Trained, joined

SUFFIXES = (".csv", ".tsv", ".npz")


def predict_file(
    net: Trained, source: str | Path, output: str | Path, *, probabilities: bool = False, length: int | None = None
) -> Path:
    """Write what a network predicts for the examples of a file or a folder of pictures; return where.

    output: a .csv or .tsv, one row an example, or an .npz of all arrays; length: the next rows of a series instead.
    What is at `output` stays until all is written. Raises UserError for what cannot be read, does not fit or cannot be
    written.
    """
    target = checked(source, output)
    each_step = net.per_step or net.spec.target == "sequence"
    if probabilities and each_step and target.suffix.lower() != ".npz":
        raise UserError(f"probabilities of each step do not fit into a table; output={target.with_suffix('.npz')} does")
    if length is None:
        pieces = net.answers(net.read(source), probabilities=probabilities)
    else:
        pieces = iter([net.continued(existing_file(source), length)])
    return write(target, pieces, partial(rows, net))


def encode_file(net: Trained, source: str | Path, output: str | Path) -> Path:
    """Write the codes of the examples of a file or a folder of pictures as `predict_file` does; return where."""
    target = checked(source, output)
    if net.per_step and target.suffix.lower() != ".npz":
        raise UserError(f"codes of each step do not fit into a table; output={target.with_suffix('.npz')} does")
    return write(target, net.codes(net.read(source)), code_rows)


def samples(net: Trained, n: int, *, seed: int = 0) -> str:
    """Return examples that a network generates as the text of a .csv, the names of their numbers in its first line.

    Raises UserError for networks that generate none, and for values out of range.
    """
    import pandas as pd

    values = net.sample(n, seed=seed).reshape(n, -1)
    names = net.preprocessing.features or range(1, values.shape[1] + 1)
    return pd.DataFrame(values, columns=list(names)).to_csv(index=False, float_format="%.9g")


def checked(source: str | Path, output: str | Path) -> Path:
    """Return the path of what is to be written. Raises UserError for unknown kinds of files and for the input."""
    target = expand_path(output)
    if target.suffix.lower() not in SUFFIXES:
        raise UserError(f"output={output}: it must end in one of {', '.join(SUFFIXES)}")
    if target.exists() and expand_path(source).exists() and target.samefile(expand_path(source)):
        raise UserError(f"output={output} is the input; give another name")
    return target


def write(target: Path, pieces: Iterator[Answers], as_rows: Callable[[Answers], Any]) -> Path:
    """Write answers as a table of the rows that are made of them, or as arrays; return where. Raises UserError."""
    suffix = target.suffix.lower()
    draft = target.with_name(f".{token_hex(4)}{suffix}")
    try:
        if suffix == ".npz":
            write_arrays(draft, joined(list(pieces)))
        else:
            write_table(draft, map(as_rows, pieces), "," if suffix == ".csv" else "\t")
        os.replace(draft, target)
    except OSError as error:
        raise UserError(f"cannot write {target}: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)
    return target


def write_arrays(path: Path, arrays: Answers) -> None:
    """Write arrays of any names, which `np.savez` does not: "file" is one of its own."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, values in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array(file, values, allow_pickle=False)


def write_table(path: Path, frames: Iterator[Any], separator: str) -> None:
    """Write one row an example."""
    with path.open("w", newline="", encoding="utf-8") as file:
        for place, frame in enumerate(frames):
            frame.to_csv(file, sep=separator, header=place == 0, index=False, float_format="%.9g")


def rows(net: Trained, answers: Answers) -> Any:
    """Return answers as a frame, a row an example, the steps of a sequence in one cell.

    A row has what tells the example apart, its prediction and, where they are asked for, probabilities.
    """
    import pandas as pd

    columns: dict[str, Any] = {key: exact(values) for key, values in answers.items() if key not in ANSWERS}
    prediction = answers["prediction"]
    if net.spec.target == "multilabel":
        prediction = prediction.astype(int)
    if net.per_step:
        mask = answers.get("mask")
        steps = prediction if mask is None else [each[real] for each, real in zip(prediction, mask, strict=True)]
        columns["prediction"] = [" ".join(map(str, np.ravel(each))) for each in steps]
    else:
        columns |= dict(zip(net.headings, prediction.reshape(len(prediction), -1).T, strict=True))
    if "probabilities" in answers:
        labels = net.spec.labels or range(answers["probabilities"].shape[1])
        columns |= {f"probability_{k}": p for k, p in zip(labels, answers["probabilities"].T, strict=True)}
    return pd.DataFrame(columns)


def code_rows(answers: Answers) -> Any:
    """Return codes as a frame, with what tells the examples apart."""
    import pandas as pd

    columns: dict[str, Any] = {key: exact(values) for key, values in answers.items() if key not in CODES}
    columns |= {f"code_{k}": each for k, each in enumerate(answers["code"].T, start=1)}
    return pd.DataFrame(columns)


def exact(values: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """Return what tells examples apart so that none of its digits is rounded: whole numbers without a point."""
    if values.dtype.kind != "f":
        return values
    return np.array([str(int(value)) if value.is_integer() else str(value) for value in values.tolist()])
