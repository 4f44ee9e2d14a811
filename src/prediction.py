"""Predictions for a file of examples."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from .api import predict
from .errors import UserError


def predict_file(run: Path, source: Path, output: str | None, allow: list[str]) -> Path:
    """Write what a run's network makes of the examples in an .npy, .npz (x) or .csv file; return where.

    A path that ends in .npz gets all arrays; else a table of index and decision, by label if there is one. Raises
    UserError for a file that cannot be read or does not fit.
    """
    found = predict(run, read_array(source), allow=allow)
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
    raise UserError(f"cannot read {path}: it ends neither in .npy nor in .npz nor in .csv")


def write_table(path: Path, found: dict[str, Any]) -> None:
    """Write one row an example: its number, and the label or decision, or those of its steps."""
    decisions = found.get("label", found["decision"])
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["index", "decision"])
        for index, decision in enumerate(decisions):
            text = decision if np.ndim(decision) == 0 else " ".join(map(str, np.ravel(decision)))
            rows.writerow([index, text])
