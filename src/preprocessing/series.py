"""Preprocessing of a series: windows of its scaled values, and forecasts in its own units with dates.

Shapes: N rows, F features, M windows of T steps.
"""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from torch import Tensor

from ..errors import DataWarning, UserError, join_names
from .base import PIECE, Inputs, Preprocessing, table_options
from .numbers import as_tensor
from .record import Expected, Floats, Record, RecordOptions, read_record, to_record
from .times import Frequency

WHOLE = RecordOptions()


class SeriesInputs(Inputs):
    """Windows, with the names of the rows that are forecast from their last steps.

    base: (M, T, F), the values to which forecast changes are added; None if values are forecast, or changes from values
    that are not known yet.
    """

    base: Floats | None = None

    def rows(self, begin: int, end: int) -> "SeriesInputs":
        """Return windows `begin` to `end` - 1."""
        names = {name: column[begin:end] for name, column in self.names.items()}
        found = SeriesInputs(self.x[begin:end], None, names)
        found.base = None if self.base is None else self.base[begin:end]
        return found


@dataclass(frozen=True, kw_only=True)
class SeriesPreprocessing(Preprocessing):
    """Windows of a series, scaled by statistics of the training part.

    steps: T; horizon: forecast horizon in rows; every_step: True if the network forecasts from each step, else only
    from the last; mean, scale: statistics of each feature of the network's input; log: whether the input is
    logarithms; difference: d if the input is changes over d rows (of the logarithms with `log`), 0 for values; options:
    columns and how to read them; frequency: frequency of the training rows.
    """

    kind: ClassVar[str] = "series"

    steps: int
    horizon: int
    every_step: bool
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    log: bool = False
    difference: int = 0
    options: RecordOptions = WHOLE
    frequency: Frequency | None = None

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Rebuild it from `to_dict`."""
        frequency = plain["frequency"]
        changed = {
            "mean": tuple(plain["mean"]),
            "scale": tuple(plain["scale"]),
            "options": RecordOptions.from_dict(plain["options"]),
            "frequency": None if frequency is None else Frequency(**frequency),
        }
        return cls(**{**plain, **changed})

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the F features, "1" to "F" without names."""
        if self.options.columns is None:
            return tuple(str(place) for place in range(1, len(self.mean) + 1))
        return tuple(map(str, self.options.columns))

    @property
    def headings(self) -> list[str]:
        """The headings of the columns of forecasts."""
        return ["prediction"] if len(self.mean) == 1 else [f"prediction_{name}" for name in self.features]

    def encode(self, raw: Any) -> SeriesInputs:
        """Return all windows of one series: a frame, a mapping of columns, an array, tensor or list (N,) or (N, F).

        The last windows forecast rows after the series. Windows can also be given directly: (M, T, F), or (M, T + d, F)
        for changes over d rows. Names: the times of the forecast rows, or their indices from 0; indices of the windows
        if these are given. Raises UserError for unsuitable values.
        """
        if isinstance(raw, list | tuple):
            raw = as_tensor(raw)
        windows = isinstance(raw, Tensor | np.ndarray) and raw.ndim == 3
        return self._given_windows(raw) if windows else self._windows(self.record(raw))

    def read(self, path: Path) -> Iterator[SeriesInputs]:
        """Yield all windows of the series in a file, see `encode`. Raises UserError."""
        found = self._windows(self.record(path))
        size = max(1, PIECE // (self.steps * len(self.mean)))
        for begin in range(0, len(found.x), size):
            yield found.rows(begin, begin + size)

    def reading(self, settings: Mapping[str, Any]) -> Self:
        """Return a copy with other settings of the file format. Raises UserError for unknown settings."""
        return replace(self, options=replace(self.options, table=table_options(self.options.table, settings)))

    def record(self, raw: Any) -> Record:
        """Return a series from a file (a Path) or from Python, sorted by time and not scaled.

        Raises UserError for unreadable values and for another number of features.
        """
        read = read_record if isinstance(raw, Path) else to_record
        try:
            record = read(raw, replace(self.options, sort=True), Expected(len(self.mean), self.frequency))
        except UserError as error:
            hint = " (settings of the training run)" if "data." in str(error) else ""
            raise UserError(f"{error}{hint}") from None
        if record.values.shape[1] != len(self.mean):
            raise UserError(
                f"{raw if isinstance(raw, Path) else 'the input'} has {record.values.shape[1]} series "
                f"({join_names(record.names, 8)}); the network forecasts {len(self.mean)}"
            )
        return record

    def scaled(self, x: Tensor) -> Tensor:
        """Return scaled values (*n, F), differentiable. Raises UserError if the network takes changes."""
        if self.difference:
            raise UserError(f"the network takes changes over {self.difference} rows; a single row has none")
        levels = x.double().log() if self.log else x.double()
        mean, scale = (
            torch.tensor(numbers, dtype=torch.float64, device=x.device) for numbers in (self.mean, self.scale)
        )
        return ((levels - mean) / scale).float()

    def decode(self, prediction: NDArray[Any], inputs: Inputs) -> Floats:
        """Return forecasts (M, [T,] F) of the network in the units of the series.

        If the horizon exceeds the difference, they stay changes, with a warning, since the value to which they would be
        added is unknown. inputs: the result of `encode` or `read` from which the forecasts were computed.
        """
        values = prediction.astype(np.float64) * np.array(self.scale) + np.array(self.mean)
        if self.difference:
            base = getattr(inputs, "base", None)
            if base is None:
                warnings.warn(
                    f"forecasts {self.horizon} rows ahead of changes over {self.difference} cannot be added to a known "
                    f"value and stay {'changes of logarithms' if self.log else 'changes'}; "
                    f"data.horizon={self.difference} or less gives values",
                    DataWarning,
                    stacklevel=2,
                )
                return values
            values += base if values.ndim == 3 else base[:, -1]
        return self._exp(values)

    def continue_series(
        self, forecast: Callable[[Tensor], Tensor], raw: Any, length: int
    ) -> tuple[Sequence[Any], Floats]:
        """Return the times (or indices) of the next `length` rows after a series, and their values (length, F).

        forecast: function of the network, (M, T, F) to (M, [T,] F), which also gets its own forecasts as input. raw: a
        series from Python, or the Path of a file. Raises UserError.
        """
        if length < 1:
            raise UserError(f"length is {length}; it must be at least 1")
        record = self.record(raw)
        levels = self._levels(record)
        known = self._scaled(levels)
        if len(known) < self.steps + self.horizon - 1:
            raise self._too_short(len(levels), self.steps + self.horizon - 1)
        n = len(known)
        series = np.concatenate([known, np.empty((length, known.shape[1]))])
        for row in range(n, n + length):
            end = row - self.horizon + 1
            window = torch.from_numpy(series[end - self.steps : end].astype(np.float32))
            output = forecast(window[None]).detach().cpu().double().numpy()[0]
            series[row] = output[-1] if self.every_step else output
        ahead = series[n:] * np.array(self.scale) + np.array(self.mean)
        if self.difference:
            values = np.concatenate([levels, ahead])
            for row in range(len(levels), len(values)):
                values[row] += values[row - self.difference]
            ahead = values[len(levels) :]
        names = self._names(record, length)
        return next(iter(names.values()))[len(levels) :], self._exp(ahead)

    def _levels(self, record: Record) -> Floats:
        """Return the values, or their logarithms. Raises UserError for logarithms of numbers that are not positive."""
        if not self.log:
            return record.values
        if (record.values <= 0).any():
            row, feature = np.argwhere(record.values <= 0)[0].tolist()
            time = f"row {row + 1}" if record.times is None else record.times.text(row)
            raise UserError(
                f"{time}, column {record.names[feature]}: {record.values[row, feature]:g} has no logarithm; "
                f"the network takes numbers above 0"
            )
        return np.asarray(np.log(record.values))

    def _scaled(self, levels: Floats) -> Floats:
        """Return the scaled input of the network, (*, N - d, F), from levels (*, N, F)."""
        changes = levels
        if self.difference:
            changes = levels[..., self.difference :, :] - levels[..., : -self.difference, :]
        return (changes - np.array(self.mean)) / np.array(self.scale)

    def _exp(self, levels: Floats) -> Floats:
        with np.errstate(over="ignore"):  # for diverging forecasts
            return np.asarray(np.exp(levels)) if self.log else levels

    def _windows(self, record: Record) -> SeriesInputs:
        """Return all windows as views of the scaled values."""
        levels = self._levels(record)
        scaled = self._scaled(levels)
        if len(scaled) < self.steps:
            raise self._too_short(len(levels), self.steps)
        x = torch.from_numpy(scaled.astype(np.float32)).unfold(0, self.steps, 1).transpose(1, 2)
        first = self.difference + self.steps - 1 + self.horizon
        names = {name: column[first:] for name, column in self._names(record, self.horizon).items()}
        found = SeriesInputs(x, None, names)
        if self.horizon <= self.difference:
            found.base = sliding_window_view(levels[self.horizon :], self.steps, 0).swapaxes(1, 2)[: len(x)]
        return found

    def _given_windows(self, raw: Any) -> SeriesInputs:
        """Return windows (M, T + d, F) of raw values as input of the network."""
        values = as_tensor(raw).double().numpy()
        steps, features = self.steps + self.difference, len(self.mean)
        if values.shape[1:] != (steps, features):
            raise UserError(f"the input has shape {values.shape}; windows of the network are (B, {steps}, {features})")
        if not np.isfinite(values).all():
            raise UserError("the input holds numbers that are not finite")
        rows = Record(values=values.reshape(-1, features), names=self.features)
        levels = self._levels(rows).reshape(values.shape)
        x = torch.from_numpy(self._scaled(levels).astype(np.float32))
        found = SeriesInputs(x, None, {"index": range(len(values))})
        if self.horizon <= self.difference:
            found.base = levels[:, self.horizon : self.horizon + self.steps]
        return found

    def _names(self, record: Record, ahead: int) -> dict[str, Sequence[Any]]:
        """Return the times of all rows and of `ahead` further rows, or their indices."""
        if record.times is None or record.frequency is None:
            return {"index": range(len(record.values) + ahead)}
        return {"time": record.times.continued(record.frequency, ahead).texts()}

    def _too_short(self, rows: int, needed: int) -> UserError:
        return UserError(f"the series has {rows} rows; the network needs {needed + self.difference}")


def fitted_options(options: RecordOptions, record: Record) -> RecordOptions:
    """Return the options that read further series with the same columns, by name if they have names."""
    if not record.named:
        return replace(options, date_format=record.date_format, written=record.written)
    return replace(
        options,
        written=record.written,
        columns=record.names,
        drop=(),
        time=record.time,
        date_format=record.date_format,
    )
