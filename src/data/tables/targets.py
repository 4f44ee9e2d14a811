"""The encoding of the user's targets: classes, sets of labels or real numbers.

Shapes: N examples, D real targets, K classes or labels.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ...errors import UserError
from ...files.arrays import Values

Kind = Literal["classes", "real", "multilabel", "none"]
Class = str | int | float | bool
MAX_CLASSES = 20  # integers with more distinct values are real targets, unless `task` is set


class Targets(NamedTuple):
    """Encoded targets.

    y: int64 (N,) for classes, float64 (N, D) for real targets, float32 (N, K) for labels, zeros (N,) without targets;
    classes: their values, sorted; names: of the real targets or labels, empty if they have no names.
    """

    kind: Kind
    y: Tensor
    y_test: Tensor | None
    classes: tuple[Class, ...] = ()
    names: tuple[str, ...] = ()


def no_targets(name: str, rows: int, test_rows: int | None, *, task: str) -> Targets:
    """Return the targets of data without targets. Raises UserError if `task` is not "auto"."""
    if task != "auto":
        raise UserError(f"{name}: data.task={task} needs a target; data.target=[] is for data without a target")
    return Targets("none", torch.zeros(rows), None if test_rows is None else torch.zeros(test_rows))


def encode_targets(
    name: str,
    y: Values,
    y_test: Values | None,
    *,
    task: str,
    names: tuple[str, ...] = (),
    place: Callable[[int], str],
) -> Targets:
    """Return targets (N,), (N, 1) or (N, D) of numbers, booleans or text, encoded for training.

    name: of the data, for messages; task: auto, classification, multilabel or regression, see `Array`; names: of the
    columns; place: function from a row to its location, for messages.
    Raises UserError for targets that are missing, ambiguous or of another type.
    """
    parts = [
        (label, check_targets(f"{name}: {label}", part, place))
        for label, part in (("y", y), ("y_test", y_test))
        if part is not None
    ]
    found = [part for _, part in parts]
    several = found[0].ndim == 2 and found[0].shape[1] > 1
    binary = several and all(((part == 0) | (part == 1)).all() for part in found)
    if task == "multilabel" and not binary:
        raise UserError(f"{name}: y is {found[0].shape}; data.task=multilabel takes several columns of 0 and 1")
    if several and task in ("auto", "classification") and all(is_one_hot(part) for part in found):
        classes: tuple[Class, ...] = names or tuple(range(found[0].shape[1]))
        encoded = [torch.from_numpy(part.argmax(1)) for part in found]
        return Targets("classes", encoded[0], get(encoded, 1), classes)
    if binary and task in ("auto", "multilabel"):
        labels = [torch.from_numpy(part.astype(np.float32)) for part in found]
        return Targets("multilabel", labels[0], get(labels, 1), names=names)
    if several and task == "classification":
        raise UserError(f"{name}: y is {found[0].shape}; classes need (N,), or one-hot rows")
    if not several and (task == "classification" or (task == "auto" and looks_like_classes(name, found[0]))):
        flat = [(label, to_class_values(f"{name}: {label}", part.reshape(-1))) for label, part in parts]
        values, encoded = encode_classes(name, flat)
        return Targets("classes", encoded[0], get(encoded, 1), values)
    reals = [to_real_targets(f"{name}: {label}", part) for label, part in parts]
    if len(reals) > 1 and reals[1].shape[1] != reals[0].shape[1]:
        raise UserError(f"{name}: y_test has {reals[1].shape[1]} columns, y has {reals[0].shape[1]}")
    return Targets("real", reals[0], get(reals, 1), names=names)


def get(values: list[Tensor], place: int) -> Tensor | None:
    """Return the value at an index, None beyond the end."""
    return values[place] if place < len(values) else None


def check_targets(name: str, y: Values, place: Callable[[int], str]) -> Values:
    """Return targets as numbers, booleans or text. Raises UserError for other types, missing and infinite values."""
    y = np.asarray(y)
    if y.ndim not in (1, 2):
        raise UserError(f"{name} is {y.shape}; it must be (N,) or (N, D)")
    if y.dtype.kind not in "biufUOT":
        raise UserError(f"{name} is of type {y.dtype}; it must be numbers or text")
    if (gaps := pd.isna(y)).any():
        row = int(np.argwhere(gaps)[0][0])
        raise UserError(
            f"{place(row)}: the target is missing; data.missing=drop leaves such rows out, data.missing_values=[...] "
            "sets the marks of missing cells"
        )
    if y.dtype.kind in "OT":
        kinds = set(map(type, y.reshape(-1).tolist()))
        if not kinds <= {str, int, float, bool}:
            strange = next(kind for kind in kinds if kind not in (str, int, float, bool)).__name__
            raise UserError(f"{name} holds objects of type {strange}; it must be numbers or text")
        if str not in kinds:
            y = np.array(y.tolist())
        elif len(kinds) > 1:
            y = pd.Series(y.reshape(-1)).astype(str).to_numpy(dtype=object).reshape(y.shape)
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        row = int(np.argwhere(~np.isfinite(y))[0][0])
        raise UserError(f"{place(row)}: the target {y[row]} is not finite")
    return y


def is_one_hot(y: Values) -> bool:
    """Tell whether each row has a single 1 and is 0 elsewhere."""
    if y.dtype.kind not in "biuf":
        return False
    return bool(((y == 0) | (y == 1)).all() and (y.astype(np.int64).sum(1) == 1).all())


def looks_like_classes(name: str, y: Values) -> bool:
    """Tell whether targets (N,) or (N, 1) are text, booleans or integers with at most MAX_CLASSES distinct values.

    Raises UserError for more distinct integers if they may be classes: consecutive values from 0 or 1.
    """
    if y.dtype.kind not in "iuf":
        return True
    if y.dtype.kind == "f" and (y != y.round()).any():
        return False
    different = np.sort(pd.unique(y.reshape(-1))).astype(np.float64)
    if len(different) <= MAX_CLASSES:
        return True
    consecutive = different[0] in (0, 1) and len(different) == different[-1] - different[0] + 1
    if consecutive and y.size >= 2 * len(different):
        raise UserError(
            f"{name}: the target has {len(different)} distinct integers, {int(different[0])} to "
            f"{int(different[-1])}, which may be classes or quantities; set data.task=classification or regression"
        )
    return False


def to_class_values(name: str, y: Values) -> Values:
    """Return classes (N,) as integers, booleans or text without surrounding spaces. Raises UserError for fractions."""
    if y.dtype.kind == "f":
        bad = np.flatnonzero(y != y.round())
        if len(bad):
            raise UserError(f"{name}[{bad[0]}] is {y[bad[0]]}; a class is an integer or text")
        return y.astype(np.int64)
    if y.dtype.kind in "biu":
        return y
    codes, different = pd.factorize(y.astype(object))
    return np.array([text.strip() for text in different], dtype=object)[codes]


def encode_classes(name: str, parts: list[tuple[str, Values]]) -> tuple[tuple[Class, ...], list[Tensor]]:
    """Return the distinct classes, sorted, and the targets as indices of them: (N,) each.

    Raises UserError for fewer than two classes, and for a class that occurs only in the test set.
    """
    first, different = pd.factorize(parts[0][1], sort=True)
    if len(different) < 2:
        raise UserError(f"{name}: all targets are '{different[0]}'; there must be at least two classes")
    places = [first]
    for label, y in parts[1:]:
        places.append(pd.Index(different).get_indexer(pd.Index(y)))
        if (strange := places[-1] < 0).any():
            raise UserError(f"{name}: {label} has the class '{y[strange.argmax()]}', which y does not have")
    return tuple(different.tolist()), [torch.from_numpy(np.asarray(place, dtype=np.int64)) for place in places]


def to_real_targets(name: str, y: Values) -> Tensor:
    """Return real targets: float64 (N, D). Raises UserError for text."""
    if y.dtype.kind not in "biuf":
        raise UserError(f"{name} is text, such as '{y.reshape(-1)[0]}'; it must be numbers")
    return torch.from_numpy(y.astype(np.float64)).reshape(len(y), -1)
