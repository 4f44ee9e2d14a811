"""Predictions for a file of examples."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from .api import predict
from .data.textfile import read
from .errors import UserError
from .files.paths import existing


def predict_file(run: Path, source: Path, output: str | None, allow: list[str]) -> Path:
    """Write what a run's network makes of the examples in an .npy, .npz (x), .csv or .txt file; return where.

    A .txt file holds sentences, one a line, with spaces between the words. A path that ends in .npz gets all arrays;
    else a table of index and decision, by label if there is one. Raises UserError for a file that cannot be read or
    does not fit.
    """
    text = source.suffix == ".txt"
    examples = read(existing(str(source))).rstrip("\n").split("\n") if text else read_array(source)
    found = predict(run, examples, allow=allow)
    target = Path(output) if output else run / f"predictions-{source.stem}.csv"
    try:
        if target.suffix == ".npz":
            np.savez(target, **found)
        else:
            write_table(target, found)
    except OSError as error:
        raise UserError(f"cannot write {target}: {error.strerror}") from error
    return target


def read_array(path: Path) -> np.ndarray[Any, Any]:
    """Return the examples of a file. Raises UserError if it cannot be read; objects are never unpickled."""
    try:
        match path.suffix:
            case ".npy" | ".npz":
                with path.open("rb") as file:
                    loaded = np.load(file, allow_pickle=False)
                    return np.asarray(loaded["x"] if isinstance(loaded, Mapping) else loaded)
            case ".csv":
                return np.loadtxt(path, delimiter=",", ndmin=2)
    except KeyError as error:
        raise UserError(f"{path} has no array called x") from error
    except (OSError, ValueError, EOFError, BadZipFile) as error:
        raise UserError(f"cannot read {path}: {error}".splitlines()[0]) from error
    raise UserError(f"cannot read {path}: it ends in none of .npy, .npz, .csv and .txt")


def write_table(path: Path, found: dict[str, Any]) -> None:
    """Write one row an example: its number, and the label or decision, or those of its steps without padding."""
    decisions = found.get("label", found["decision"])
    if "mask" in found and np.ndim(decisions) > 1:
        decisions = [each[real] for each, real in zip(decisions, found["mask"], strict=True)]
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["index", "decision"])
        for index, decision in enumerate(decisions):
            text = decision if np.ndim(decision) == 0 else " ".join(map(str, np.ravel(decision)))
            rows.writerow([index, text])
