"""The user's own series. Shapes: N values, F features."""

from pathlib import Path

import numpy as np

from ..errors import UserError
from ..files.arrays import Values, is_number, load_numpy, read_csv
from ..files.paths import existing
from .array import check_numbers
from .forecast import Floats, Forecast


class Series(Forecast):
    """The numbers of a file in order of time, each feature to be forecast; cut up as in `Forecast`.

    path: an .npy of (N,) or (N, F), or a .csv with or without a header, a row for each time; time: the column of
    the .csv to leave out, such as a date. Raises UserError, with file and reason, if it cannot be used.
    """

    def __init__(
        self,
        *,
        path: str,
        time: str | None = None,
        steps: int = 50,
        horizon: int = 1,
        every_step: bool = True,
        val: float = 0.1,
        test: float = 0.2,
        batch_size: int = 32,
        seed: int = 0,
    ) -> None:
        self.values = read_series(existing(path), time)
        super().__init__(
            features=self.values.shape[1],
            steps=steps,
            horizon=horizon,
            every_step=every_step,
            val=val,
            test=test,
            batch_size=batch_size,
            seed=seed,
        )

    def series(self) -> Floats:
        """Return the numbers of the file."""
        return self.values


def read_series(path: Path, time: str | None) -> Floats:
    """Read (N, F) by the file's suffix, without the column `time`. Raises UserError."""
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".npy"):
        raise UserError(f"{path}: unknown kind of file '{suffix}'; one of: .csv, .npy")
    if suffix == ".npy" and time is not None:
        raise UserError(f"{path} has no column '{time}'; leave time out")
    values = read_table(path, time) if suffix == ".csv" else read_npy(path)
    check_numbers(str(path), "the series", values)
    return values.astype(np.float64)


def read_npy(path: Path) -> Values:
    """Read (N,) or (N, F) as (N, F). Raises UserError if it is of another shape."""
    values = load_numpy(path).get("")
    if values is None:
        raise UserError(f"{path} holds several arrays; it must hold the series alone")
    if values.ndim not in (1, 2) or not values.size:
        raise UserError(f"{path} is {values.shape}; it must be (N,) or (N, F)")
    return values if values.ndim == 2 else values[:, None]


def read_table(path: Path, time: str | None) -> Values:
    """Read the columns of a table but `time`, all of them numbers. Raises UserError with the place of a bad cell."""
    if time is not None:
        return read_csv(path, time).x
    content = path.read_bytes()
    if b"," not in content:
        return read_column(path, content)
    x, last, *_ = read_csv(path, None)
    if last.dtype.kind != "f":
        raise UserError(f"{path}: '{last[0]}' in the last column is no number; time=COLUMN leaves a column out")
    return np.column_stack([x, last])


def read_column(path: Path, content: bytes) -> Values:
    """Read a number a line as (N, 1); the first line may be a header. Raises UserError with a bad line."""
    try:
        lines = [line.strip(' \t"') for line in content.decode("utf-8-sig").splitlines()]
    except UnicodeDecodeError as error:
        raise UserError(f"{path} cannot be read as a table: {error}") from None
    numbers = [(place, line) for place, line in enumerate(lines, 1) if line]
    if numbers and not is_number(numbers[0][1]):
        numbers = numbers[1:]
    if not numbers:
        raise UserError(f"{path} has no numbers")
    for place, line in numbers:
        if not is_number(line):
            raise UserError(f"{path}, line {place}: '{line}' is not a number")
    return np.array([[float(line)] for _, line in numbers])
