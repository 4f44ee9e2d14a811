"""metrics.csv: one row per epoch, written as soon as its metrics are known."""

import csv
import io
import os
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from pytorch_lightning.loggers import Logger
from pytorch_lightning.utilities import rank_zero_only

from ..runs.atomic import draft_of
from ..runs.directory import RunDirectory


class History(Logger):
    """Write `metrics.csv` into the run directory: the epoch, then the metrics in the order in which they are logged.

    Metrics of the same epoch share a row. Every row is written to the file at once. Epochs count from 1: row n holds
    the metrics after n passes over the training set. from_epoch: the epoch from which a run is resumed; rows of later
    epochs are dropped, since these epochs are repeated.
    """

    def __init__(self, *, save_dir: str, from_epoch: int | None = None) -> None:
        super().__init__()
        self._path = RunDirectory(Path(save_dir)).metrics_file
        self._columns = ["epoch"]
        self._rows: dict[int, dict[str, str]] = {}
        self._file: BinaryIO | None = None  # kept open: opening it for every row is slow compared with a small epoch
        self._tail = 0  # start of the last row in the file
        if self._path.exists():
            self._load(from_epoch)

    @property
    def name(self) -> str:
        """The name that Lightning requires."""
        return "history"

    @property
    def version(self) -> str:
        """Empty: a run has one file."""
        return ""

    @property
    def save_dir(self) -> str:
        """The run directory."""
        return str(self._path.parent)

    @rank_zero_only
    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """Write the metrics of an epoch, which is passed as `step`. Raises ValueError without an epoch."""
        if step is None:
            raise ValueError("metrics.csv has a row for each epoch; log with step=epoch")
        self.log_rows([(metrics, step)])

    @rank_zero_only
    def log_rows(self, rows: Sequence[tuple[Mapping[str, float], int]]) -> None:
        """Write metrics of several epochs at once."""
        last = top = next(reversed(self._rows), -1)
        ordered = True
        for metrics, epoch in rows:
            row = self._rows.setdefault(epoch, {"epoch": str(epoch)})
            row |= {name: str(value) for name, value in metrics.items()}
            new = [name for name in metrics if name not in self._columns]
            self._columns += new
            ordered = ordered and not new and epoch >= top
            top = max(top, epoch)
        if ordered:
            self._write_end([self._rows[epoch] for epoch in dict.fromkeys(epoch for _, epoch in rows)], last)
        else:
            self._rewrite()

    def log_hyperparams(self, params: Any) -> None:
        """Do nothing: the config is in the run directory."""

    def _write_end(self, rows: Sequence[dict[str, str]], last: int) -> None:
        """Append rows, of which the first may replace the last one in the file, that of the epoch `last`."""
        if self._file is None:
            self._file = self._path.open("r+b")
            weakref.finalize(self, self._file.close)
        new = rows[0]["epoch"] != str(last)
        start = self._file.seek(0, os.SEEK_END) if new else self._file.seek(self._tail)
        lines = [self._line(row) for row in rows]
        self._file.write(b"".join(lines))
        if not new:
            self._file.truncate()
        self._file.flush()
        self._tail = start + sum(map(len, lines[:-1]))

    def _rewrite(self) -> None:
        """Write the whole file atomically."""
        self._rows = dict(sorted(self._rows.items()))
        lines = [self._line(row) for row in self._rows.values()]
        head = self._line(dict(zip(self._columns, self._columns, strict=True)))
        draft = draft_of(self._path)
        draft.write_bytes(head + b"".join(lines))
        os.replace(draft, self._path)
        if self._file is not None:
            self._file.close()
            self._file = None
        self._tail = len(head) + sum(map(len, lines[:-1]))

    def _line(self, row: dict[str, str]) -> bytes:
        cells = [row.get(name, "") for name in self._columns]
        if row["epoch"] != "epoch":  # numbers, which need no quotes
            return (",".join(cells) + "\n").encode()
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerow(cells)
        return text.getvalue().encode()

    def _load(self, from_epoch: int | None) -> None:
        """Read the rows up to `from_epoch`. Ignores an incomplete last line, which a killed process may leave.

        Earlier versions counted epochs from 0.
        """
        lines = list(csv.reader(self._path.read_text().rpartition("\n")[0].splitlines()))
        if not lines:
            return
        self._columns = lines[0]
        shift = 1 if lines[1:] and lines[1][0] == "0" else 0
        for line in lines[1:]:
            epoch = int(float(line[0])) + shift
            if from_epoch is None or epoch <= from_epoch:
                row = zip(self._columns, [str(epoch), *line[1:]], strict=True)
                self._rows[epoch] = {name: value for name, value in row if value}
        self._rewrite()
