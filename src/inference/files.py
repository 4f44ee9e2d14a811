"""Predictions and codes for a file of examples, written in chunks, so that memory does not grow with the file."""

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
from ..formatting import escape_formula
from ..spec import BORDERS
from .codes import read_codes
from .features import LayerFeatures
from .trained import CODE_KEYS, PREDICTION_KEYS, Predictions, Trained, concatenate

SUFFIXES = (".csv", ".tsv", ".npz")


def predict_file(
    net: Trained, source: str | Path, output: str | Path, *, probabilities: bool = False, length: int | None = None
) -> Path:
    """Write the predictions for the examples of a file or a folder of images, and return the path.

    output: a .csv or .tsv with one row per example, or an .npz with all arrays; length: forecast this many rows of a
    series instead. A previous file stays until the new one is complete. Raises UserError for files that cannot be read
    or written, and for examples that do not fit.
    """
    target = output_path(source, output)
    part = (
        "pixel" if net.spec.target == "class_map" else "step" if net.per_step or net.spec.target == "sequence" else ""
    )
    if probabilities and part and target.suffix.lower() != ".npz":
        raise UserError(
            f"probabilities of each {part} do not fit into a table; use output={target.with_suffix('.npz')}"
        )
    if length is None:
        chunks = net.predict_chunks(net.read(source), probabilities=probabilities)
    else:
        chunks = iter([net.forecast(existing_file(source), length)])
    return write(target, chunks, partial(prediction_frame, net))


def reconstruct_file(net: Trained, source: str | Path, output: str | Path) -> Path:
    """Write the reconstructions of the examples of a file, and return the path. See `predict_file`.

    Raises UserError for networks that do not reconstruct their input.
    """
    if net.spec.target != "input":
        name = type(net.model).__name__
        raise UserError(f"{name} predicts another target than its input; nnzoo predict writes its predictions")
    return predict_file(net, source, output)


def encode_file(net: Trained, source: str | Path, output: str | Path, features: LayerFeatures | None = None) -> Path:
    """Write the codes of the examples of a file or a folder of images, and return the path. See `predict_file`.

    features: those of a layer instead of the codes.
    """
    target = output_path(source, output)
    each_step = net.per_step if features is None else features.of_each_step
    if each_step and target.suffix.lower() != ".npz":
        raise UserError(f"codes of each step do not fit into a table; use output={target.with_suffix('.npz')}")
    return write(target, net.encode_chunks(net.read(source), features), code_frame)


def decode_file(net: Trained, source: str | Path, output: str | Path) -> Path:
    """Write the reconstructions of the codes in a file, see `read_codes`, and return the path. See `predict_file`."""
    target = output_path(source, output)
    chunks = net.decode_chunks(read_codes(source, net.code_shape, sequence=net.spec.per_step))
    return write(target, chunks, partial(prediction_frame, net))


def samples_as_csv(net: Trained, n: int, *, seed: int = 0, given: Any = None) -> str:
    """Return generated examples as CSV text with a header of feature names; given: see `Trained.sample`.

    Raises UserError for networks that generate no examples, and for values out of range.
    """
    import pandas as pd

    values = net.sample(n, seed=seed, given=given)
    values = values.reshape(len(values), -1)
    names = net.preprocessing.features[: values.shape[1]] or range(1, values.shape[1] + 1)
    return pd.DataFrame(values, columns=list(names)).to_csv(index=False, float_format="%.9g")


def output_path(source: str | Path, output: str | Path) -> Path:
    """Return the path of the output. Raises UserError for unknown file types, and if it is the input."""
    target = expand_path(output)
    if target.suffix.lower() not in SUFFIXES:
        raise UserError(f"output={output}: it must end in one of {', '.join(SUFFIXES)}")
    if target.exists() and expand_path(source).exists() and target.samefile(expand_path(source)):
        raise UserError(f"output={output} is the input; give another name")
    return target


def write(target: Path, chunks: Iterator[Predictions], as_rows: Callable[[Predictions], Any]) -> Path:
    """Write chunks as a table, converted by `as_rows`, or as arrays; return the path. Raises UserError."""
    suffix = target.suffix.lower()
    draft = target.with_name(f".{token_hex(4)}{suffix}")
    try:
        if suffix == ".npz":
            write_arrays(draft, concatenate(list(chunks)))
        else:
            write_table(draft, map(as_rows, chunks), "," if suffix == ".csv" else "\t")
        os.replace(draft, target)
    except OSError as error:
        raise UserError(f"cannot write {target}: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)
    return target


def write_arrays(path: Path, arrays: Predictions) -> None:
    """Write arrays of any names. `np.savez` does not accept the name "file"."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, values in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array(file, values, allow_pickle=False)


def write_table(path: Path, frames: Iterator[Any], separator: str) -> None:
    """Write data frames with one row per example. Texts that a spreadsheet would take as formulas begin with a '."""
    with path.open("w", newline="", encoding="utf-8") as file:
        for place, frame in enumerate(frames):
            without_formulas(frame).to_csv(file, sep=separator, header=place == 0, index=False, float_format="%.9g")


def without_formulas(frame: Any) -> Any:
    """Return a data frame in which no name and no cell is a formula of a spreadsheet."""
    texts = {k: frame[k].map(escape_formula) for k in frame if frame[k].dtype.kind not in "biufcmM"}
    return frame.assign(**texts).rename(columns=escape_formula)


def prediction_frame(net: Trained, predictions: Predictions) -> Any:
    """Return predictions as a data frame with one row per example; the steps of a sequence or the pixels of an
    image, row by row, share a cell.

    The columns are the identifiers of the example, its predictions and, if present, its probabilities.
    """
    import pandas as pd

    names = {key: values for key, values in predictions.items() if key not in PREDICTION_KEYS}
    columns: dict[str, Any] = {key: exact_text(values) for key, values in names.items()}
    prediction = predictions["prediction"]
    if net.spec.target == "multilabel":
        prediction = prediction.astype(int)
    if net.per_step or net.spec.target == "class_map":
        mask = predictions.get("mask")
        steps = prediction if mask is None else [each[real] for each, real in zip(prediction, mask, strict=True)]
        columns["prediction"] = [" ".join(map(str, np.ravel(each))) for each in steps]
    else:
        columns |= dict(zip(net.headings, prediction.reshape(len(prediction), -1).T, strict=True))
    if "box" in predictions:
        columns |= dict(zip(BORDERS, predictions["box"].T, strict=True))
    if "probabilities" in predictions:
        labels = net.spec.labels or range(predictions["probabilities"].shape[1])
        columns |= {f"probability_{k}": p for k, p in zip(labels, predictions["probabilities"].T, strict=True)}
    return pd.DataFrame(columns)


def code_frame(predictions: Predictions) -> Any:
    """Return codes as a data frame, with the identifiers of the examples."""
    import pandas as pd

    columns: dict[str, Any] = {key: exact_text(values) for key, values in predictions.items() if key not in CODE_KEYS}
    columns |= {f"code_{k}": each for k, each in enumerate(predictions["code"].T, start=1)}
    return pd.DataFrame(columns)


def exact_text(values: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """Return identifiers as text without rounding. Integers have no decimal point."""
    if values.dtype.kind != "f":
        return values
    return np.array([str(int(value)) if value.is_integer() else str(value) for value in values.tolist()])
