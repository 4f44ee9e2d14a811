"""The user's own numbers as a data set.

Shapes: N examples, F features, C channels, H height, W width, D real targets, K classes.
"""

from typing import Literal

import numpy as np
import torch
from torch import Tensor

from ..errors import UserError, unknown
from ..files.arrays import Arrays, Values, read
from ..files.paths import existing
from ..spec import Batch, DataSpec
from .base import Data, Splits
from .holdout import check_fraction, split_off
from .pixels import unit
from .scaling import standardized

MOST_CLASSES = 20  # whole numbers of more different values are quantities, unless `task` says otherwise


class Array(Data):
    """The examples of a file, read at once; x (F,), (1, H, W) or (C, H, W), bytes of an image as [0, 1].

    path: an .npz with x and y, perhaps x_test and y_test; an .npy with the target in its last column or in
    an .npy of its own; a .csv with or without a header. target: the name of the .npz array (y), the path of
    the second .npy, the column of the .csv (the last). task: auto takes text, truth values and up to 20
    different whole numbers for classes. val, test: fractions, in proportion by class; the test set does not
    depend on `seed`; a test set in the file is used as it is. standardize: features to mean 0 and standard
    deviation 1 on the training set.
    Raises UserError, with the file and the reason, if it cannot be used.
    """

    def __init__(
        self,
        *,
        path: str,
        target: str | None = None,
        task: Literal["auto", "classification", "regression"] = "auto",
        val: float = 0.1,
        test: float = 0.2,
        standardize: bool = False,
        batch_size: int = 32,
        seed: int = 0,
    ) -> None:
        super().__init__(batch_size=batch_size, seed=seed)
        if task not in ("auto", "classification", "regression"):
            raise unknown("task", task, ("auto", "classification", "regression"))
        check_fraction("val", val)
        check_fraction("test", test)
        self.path = path
        self.val = val
        self.test = test
        self.standardize = standardize
        arrays = read(existing(path), target)
        self.x, self.x_test = check_inputs(path, "x", arrays.x), None
        if standardize and self.x.ndim > 2:
            raise UserError(f"{path}: standardize is for tables, not for images {tuple(self.x.shape[1:])}")
        check_lengths(path, arrays)
        if arrays.x_test is not None:
            self.x_test = check_inputs(path, "x_test", arrays.x_test)
            if self.x_test.shape[1:] != self.x.shape[1:] or self.x_test.dtype != self.x.dtype:
                raise UserError(f"{path}: x_test is {describe(self.x_test)}, x is {describe(self.x)}")
        elif not test:
            raise UserError(f"{path} has no test set of its own; test must be above 0")
        labels: tuple[str, ...] = ()
        if task == "classification" or (task == "auto" and looks_like_classes(arrays.y)):
            self.y, self.y_test, labels = as_classes(path, arrays)
        else:
            self.y = as_reals(path, "y", arrays.y)
            self.y_test = None if arrays.y_test is None else as_reals(path, "y_test", arrays.y_test)
            if self.y_test is not None and self.y_test.shape[1] != self.y.shape[1]:
                raise UserError(f"{path}: y_test has {self.y_test.shape[1]} columns, y has {self.y.shape[1]}")
        smallest = 1 + (val > 0) + (self.x_test is None)
        if len(self.x) < smallest:
            raise UserError(f"{path}: {len(self.x)} rows are too few for val={val} and test={test}")
        pixels = self.x.dtype == torch.uint8
        self.transform = unit if pixels else None
        self.spec = DataSpec(
            "real",
            tuple(self.x.shape[1:]),
            "classes" if labels else "real",
            len(labels) or self.y.shape[1],
            low=0.0 if pixels else float("-inf"),
            high=1.0 if pixels else float("inf"),
            labels=labels,
        )

    def load(self) -> Splits:
        """Split the examples."""
        train, splits = Batch(self.x, self.y), {}
        if self.x_test is None or self.y_test is None:
            train, splits["test"] = split_off(train, self.test, 0)
        else:
            splits["test"] = Batch(self.x_test, self.y_test)
        if self.val:
            train, splits["val"] = split_off(train, self.val, self.seed)
        splits["train"] = train
        return standardized(splits) if self.standardize else splits


def describe(x: Tensor) -> str:
    """Return type and shape of the examples in words."""
    return f"{str(x.dtype).removeprefix('torch.')} {tuple(x.shape[1:])}"


def check_inputs(path: str, name: str, x: Values) -> Tensor:
    """Return x as (N, F), (N, 1, H, W) or (N, C, H, W): bytes if it is an image of bytes, else float.

    Raises UserError unless it is finite numbers of 2 to 4 dimensions, none of them empty.
    """
    if x.ndim not in (2, 3, 4) or not x.size:
        raise UserError(f"{path}: {name} is {x.shape}; it must be (N, F), (N, H, W) or (N, C, H, W)")
    check_numbers(path, name, x)
    if x.ndim == 3:
        x = x[:, None]
    if x.ndim == 4 and x.dtype == np.uint8:
        return torch.from_numpy(np.ascontiguousarray(x))
    return torch.from_numpy(x.astype(np.float32))


def check_numbers(path: str, name: str, values: Values) -> None:
    """Raise UserError unless all values are real and, as float32, finite."""
    if values.dtype.kind not in "biuf":
        raise UserError(f"{path}: {name} is of type {values.dtype}; it must be numbers")
    with np.errstate(over="ignore"):
        bad = np.argwhere(~np.isfinite(values.astype(np.float32)))
    if len(bad):
        place, value = ", ".join(map(str, bad[0])), values[tuple(bad[0])]
        raise UserError(f"{path}: {name}[{place}] is {value}; all numbers must be finite in float32")


def check_lengths(path: str, arrays: Arrays) -> None:
    """Raise UserError unless there are as many targets as inputs."""
    for name, x, y in [("", arrays.x, arrays.y), ("_test", arrays.x_test, arrays.y_test)]:
        if x is not None and y is not None and (not y.ndim or len(x) != len(y)):
            raise UserError(f"{path}: x{name} is {x.shape} but y{name} is {y.shape}; one target for each row")


def looks_like_classes(y: Values) -> bool:
    """Tell whether targets are text, truth values or a few whole numbers, one for each example."""
    if y.dtype.kind not in "biuf":
        return True
    if y.ndim > 1 and y.shape[1:] != (1,):
        return False
    different = np.unique(y.astype(np.float64))
    return len(different) <= MOST_CLASSES and bool((different == different.round()).all())


def as_classes(path: str, arrays: Arrays) -> tuple[Tensor, Tensor | None, tuple[str, ...]]:
    """Return the targets, and those of the test set, as classes 0 to K-1 with their labels, in order.

    Raises UserError unless they are text or whole numbers, (N,) or (N, 1), of at least two different values.
    """
    found: list[Values] = []
    for name, y in [("y", arrays.y), ("y_test", arrays.y_test)]:
        if y is None:
            continue
        if y.ndim > 2 or y.shape[1:] not in ((), (1,)):
            raise UserError(f"{path}: {name} is {y.shape}; classes need (N,)")
        if y.dtype.kind == "f":
            check_numbers(path, name, y)
            whole = y.astype(np.int64)
            bad = np.flatnonzero(y != whole)
            if len(bad):
                raise UserError(f"{path}: {name}[{bad[0]}] is {y.flat[bad[0]]}; a class is a whole number or text")
            y = whole
        elif y.dtype.kind not in "biuU":
            raise UserError(f"{path}: {name} is of type {y.dtype}; classes are whole numbers or text")
        found.append(y.reshape(-1))
    different = np.unique(found[0])
    if len(different) < 2:
        raise UserError(f"{path}: all targets are '{different[0]}'; there must be at least two classes")
    for y in found[1:]:
        strange = np.setdiff1d(y, different)
        if len(strange):
            raise UserError(f"{path}: y_test has the class '{strange[0]}', which y has not")
    classes = [torch.from_numpy(np.searchsorted(different, y)) for y in found]
    return classes[0], classes[1] if len(classes) > 1 else None, tuple(map(str, different))


def as_reals(path: str, name: str, y: Values) -> Tensor:
    """Return the targets as float (N, D). Raises UserError unless they are finite numbers, (N,) or (N, D)."""
    if y.ndim > 2:
        raise UserError(f"{path}: {name} is {y.shape}; it must be (N,) or (N, D)")
    check_numbers(path, name, y)
    return torch.from_numpy(y.astype(np.float32)).reshape(len(y), -1)
