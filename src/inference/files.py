"""Predictions for a file of examples, written piece by piece: memory stays flat, whatever its length."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import UserError
from ..files.paths import existing, expanded
from .trained import Answers, Trained, joined

SUFFIXES = (".csv", ".tsv", ".npz")


def predict_file(
    net: Trained, source: str, output: str | Path, *, probabilities: bool = False, length: int | None = None
) -> Path:
    """Write what a network predicts for the examples of a file or a folder of pictures; return where.

    output: a .csv or .tsv, one row an example, or an .npz of all arrays; length: the next rows of a series instead.
    What is at `output` stays until all is written. Raises UserError for what cannot be read, does not fit or cannot be
    written.
    """
    target = expanded(output)
    if target.suffix.lower() not in SUFFIXES:
        raise UserError(f"output={output}: it must end in {', '.join(SUFFIXES)}")
    path = expanded(source) if expanded(source).is_dir() else existing(source)
    if length is None:
        pieces = (answers | names(inputs) for inputs, answers in found(net, path, probabilities))
    else:
        pieces = iter([net.continued(path, length)])
    draft = target.with_name(f".{target.name}.{os.getpid()}{target.suffix}")
    try:
        if target.suffix.lower() == ".npz":
            np.savez(draft, **joined(list(pieces)))
        else:
            write_table(draft, net, pieces, "," if target.suffix.lower() == ".csv" else "\t")
        os.replace(draft, target)
    except OSError as error:
        raise UserError(f"cannot write {target}: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)
    return target


def found(net: Trained, path: Path, probabilities: bool) -> Iterator[tuple[Any, Answers]]:
    """Return the answers about a file, piece by piece."""
    return net.answers(net.preprocessing.read(path), probabilities=probabilities)


def names(inputs: Any) -> Answers:
    """Return what tells the examples apart as arrays."""
    return {key: np.asarray(values) for key, values in inputs.names.items()}


def write_table(path: Path, net: Trained, pieces: Iterator[Answers], separator: str) -> None:
    """Write one row an example: what tells it apart, its prediction and, where they are asked for, probabilities."""
    with path.open("w", newline="", encoding="utf-8") as file:
        for place, answers in enumerate(pieces):
            rows(net, answers).to_csv(file, sep=separator, header=place == 0, index=False, float_format="%.9g")


def rows(net: Trained, answers: Answers) -> Any:
    """Return answers as a frame, the steps of a sequence in one cell."""
    import pandas as pd

    columns: dict[str, Any] = {
        key: values for key, values in answers.items() if key not in ("prediction", "output", "mask", "probabilities")
    }
    prediction = answers["prediction"]
    if prediction.dtype == bool:
        prediction = prediction.astype(int)
    mask = answers.get("mask")
    if net.spec.per_step and "output" in answers and answers["output"].shape[:2] == prediction.shape[:2]:
        steps = prediction if mask is None else [each[real] for each, real in zip(prediction, mask, strict=True)]
        columns["prediction"] = [" ".join(map(str, np.ravel(each))) for each in steps]
    else:
        flat = prediction.reshape(len(prediction), -1)
        columns |= dict(zip(net.headings, flat.T, strict=True))
    if "probabilities" in answers and answers["probabilities"].ndim == 2:
        labels = net.spec.labels or range(answers["probabilities"].shape[1])
        columns |= {f"probability_{k}": p for k, p in zip(labels, answers["probabilities"].T, strict=True)}
    return pd.DataFrame(columns)
