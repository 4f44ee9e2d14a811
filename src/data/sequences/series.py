"""The user's own series. Shapes: N values, F features."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal, get_args

from ...errors import UserError, join_names, unknown
from ...files.paths import digest, existing_file, expand_path
from ...files.rows import of_rows
from ...files.tables import TableOptions
from ...preprocessing.record import Gaps, Missing, Record, RecordOptions, read_record, to_record
from ...preprocessing.series import SeriesPreprocessing, fitted_options
from .forecast import Floats, Forecast, statistics


class Series(Forecast):
    """Your own time series, one or more columns, cut into windows; the network forecasts later rows.

    Metrics are in the units of the series. Splits are in temporal order, the test part is the last.

    path: a .csv, .tsv or .txt file with or without a header and one row for each time; an .npy file, or an .npz file
    with a single array or an array x, of shape (N,) or (N, F). columns: the columns to forecast, by name or number (1
    is the first), default all numeric columns; drop: columns to leave out; time: the column of dates or numbers that
    orders the rows; by default the only text column with dates, else a numeric column whose name is that of a time
    (year, order_date) and whose values increase or decrease; numbers such as 20150131, 201501 and Unix time are dates.
    date_format: for ambiguous dates, for example %d/%m/%Y. If offsets from UTC vary, rows less than a day apart are
    ordered in UTC, others by the local date. sort: sort the rows by time; gaps: for missing times, refuse the file,
    keep the rows as neighbours, or interpolate; missing: for missing numbers, refuse the file or interpolate linearly.
    Months, quarters and business days count as evenly spaced. separator, decimal, thousands, header, encoding,
    skip_rows (lines above the table), missing_values: format of the file, detected by default. steps: window length;
    horizon: steps ahead, at least 1; every_step: targets at each step of a window, else only at its last step; val,
    test: fractions at the end of the series, val may be 0.
    Raises UserError, with file, line and reason, for data that cannot be used.
    """

    def __init__(
        self,
        *,
        path: str | None = None,
        columns: Sequence[str | int] | None = None,
        drop: Sequence[str | int] = (),
        time: str | int | None = None,
        date_format: str | None = None,
        sort: bool = False,
        gaps: Literal["refuse", "keep", "interpolate"] = "refuse",
        missing: Literal["refuse", "interpolate"] = "refuse",
        separator: str | None = None,
        decimal: str | None = None,
        thousands: str | None = None,
        header: bool | None = None,
        encoding: str | None = None,
        skip_rows: int | None = None,
        missing_values: Sequence[str | int | float | None] | None = None,
        steps: int = 50,
        horizon: int = 1,
        every_step: bool = True,
        val: float = 0.1,
        test: float = 0.2,
        seed: int = 0,
        source: Any = None,
    ) -> None:
        for name, value, policies in [("data.gaps", gaps, Gaps), ("data.missing", missing, Missing)]:
            if value not in get_args(policies):
                raise unknown(name, value, get_args(policies))
        options = RecordOptions(
            columns=None if columns is None else tuple(columns),
            drop=tuple(drop),
            time=time,
            date_format=date_format,
            sort=sort,
            gaps=gaps,
            missing=missing,
            table=TableOptions(
                separator=separator,
                decimal=decimal,
                thousands=thousands,
                header=header,
                encoding=encoding,
                skip_rows=skip_rows,
                missing_values=missing_values,
            ),
        )
        if source is None and path is None:
            raise UserError("data=series needs data.path=FILE, a table or an array")
        if source is None and path is not None and os.path.isdir(expand_path(path)):
            raise UserError(
                f"{path} is a folder, and a series is one file; to train on each file separately: "
                f"nnzoo train -m data=series data.path=a.csv,b.csv"
            )
        self.path = existing_file(path) if source is None and path is not None else None
        self.record = to_record(source, options) if self.path is None else read_record(self.path, options)
        self.options = fitted_options(options, self.record)
        self.values = self.record.values
        super().__init__(
            features=self.values.shape[1],
            steps=steps,
            horizon=horizon,
            every_step=every_step,
            val=val,
            test=test,
            seed=seed,
        )
        train = self.train_values(self.values)
        units = ""
        if len(train):  # otherwise `load` raises UserError
            mean, scale = statistics(train)
            self.spec = replace(self.spec, target_mean=tuple(mean.tolist()), target_scale=tuple(scale.tolist()))
            units = "; values standardized by the training part"
            if len(mean) == 1:
                units += f" (mean {mean[0]:.4g}, sd {scale[0]:.4g})"
        self.summary = f"{'series' if self.path is None else self.path.name}: {describe(self.record)}{units}"
        self.digest = checksum(self.record) if self.path is None else digest(self.path)
        self.contents = of_rows(self.record.names if self.record.named else (), self.values)

    def series(self) -> Floats:
        """Return the values of the file."""
        return self.values

    def fit(self, mean: Floats, scale: Floats) -> SeriesPreprocessing:
        """Return the preprocessing with the options for reading other series."""
        return replace(super().fit(mean, scale), options=self.options, frequency=self.record.frequency)


def describe(record: Record) -> str:
    """Return a description of the rows, columns and times of a series."""
    n, features = record.values.shape
    text = f"{n} rows of {features} series"
    if record.named:
        text += f" ({join_names(record.names, 8)})"
    if record.times is not None:
        regular = "" if record.frequency is None else f"{record.frequency} "
        by = "the index" if record.time is None else f"column {record.time}"
        text += f" by {by}, {regular}from {record.times.text(0)} to {record.times.text(n - 1)}"
    if record.left_out:
        text += f"; left out: {join_names(record.left_out, 8)}"
    return text


def checksum(record: Record) -> str:
    """Return a checksum of the values and times of a series."""
    found = hashlib.sha256(record.values.tobytes())
    if record.times is not None:
        found.update(record.times.clock.tobytes())
    return found.hexdigest()
