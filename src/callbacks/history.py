"""metrics.csv: one row an epoch, on disk as soon as it is known."""

import csv
import io
import os
import weakref
from pathlib import Path
from typing import Any, BinaryIO

from pytorch_lightning.loggers import Logger
from pytorch_lightning.utilities import rank_zero_only

from ..runs.directory import RunDirectory


class History(Logger):
    """Write `metrics.csv` into the run directory: epoch, then the metrics in the order they come.

    What is logged for the same epoch goes into the same row. Each row is in the file at once. Epochs count from 1: row
    n is of the state after n passes over the training data. from_epoch: how many epochs a run had done that is resumed;
    rows of later ones are dropped, since they come again.
    """

    def __init__(self, *, save_dir: str, from_epoch: int | None = None) -> None:
        super().__init__()
        self._path = RunDirectory(Path(save_dir)).metrics_file
        self._columns = ["epoch"]
        self._rows: dict[int, dict[str, str]] = {}
        self._file: BinaryIO | None = None  # opening it for every row would take longer than a tiny epoch's logging
        self._tail = 0  # where the last row begins in the file
        if self._path.exists():
            self._load(from_epoch)

    @property
    def name(self) -> str:
        """A name, which Lightning wants."""
        return "history"

    @property
    def version(self) -> str:
        """No version: there is one file a run."""
        return ""

    @property
    def save_dir(self) -> str:
        """The run directory."""
        return str(self._path.parent)

    @rank_zero_only
    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """Write metrics of an epoch, which is what `step` counts. Raises ValueError if there is no epoch."""
        if step is None:
            raise ValueError("metrics.csv has a row for each epoch; log with step=epoch")
        last = next(reversed(self._rows), -1)
        row = self._rows.setdefault(step, {"epoch": str(step)})
        row |= {name: str(value) for name, value in metrics.items()}
        new = [name for name in metrics if name not in self._columns]
        self._columns += new
        if new or step < last:
            self._rewrite()
        else:
            self._write_last(row, new=step > last)

    def log_hyperparams(self, params: Any) -> None:
        """Nothing: the run directory holds the config."""

    def _write_last(self, row: dict[str, str], *, new: bool) -> None:
        """Append a row, or write the last one again where it stands."""
        if self._file is None:
            self._file = self._path.open("r+b")
            weakref.finalize(self, self._file.close)
        self._tail = self._file.seek(0, os.SEEK_END) if new else self._file.seek(self._tail)
        self._file.write(self._line(row))
        if not new:
            self._file.truncate()
        self._file.flush()

    def _rewrite(self) -> None:
        """Write the whole file beside the old one and put it in its place."""
        self._rows = dict(sorted(self._rows.items()))
        lines = [self._line(row) for row in self._rows.values()]
        head = self._line(dict(zip(self._columns, self._columns, strict=True)))
        part = self._path.with_suffix(".csv.part")
        part.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(head + b"".join(lines))
        os.replace(part, self._path)
        if self._file is not None:
            self._file.close()
            self._file = None
        self._tail = len(head) + sum(map(len, lines[:-1]))

    def _line(self, row: dict[str, str]) -> bytes:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerow([row.get(name, "") for name in self._columns])
        return text.getvalue().encode()

    def _load(self, from_epoch: int | None) -> None:
        """Read the rows up to `from_epoch`; a last line that was cut short by a kill is none.

        Earlier versions counted epochs from 0.
        """
        lines = list(csv.reader(self._path.read_text().rpartition("\n")[0].splitlines()))
        if not lines:
            return
        self._columns = lines[0]
        shift = 1 if lines[1:] and lines[1][0] == "0" else 0
        for line in lines[1:]:
            epoch = int(line[0]) + shift
            if from_epoch is None or epoch <= from_epoch:
                row = zip(self._columns, [str(epoch), *line[1:]], strict=True)
                self._rows[epoch] = {name: value for name, value in row if value}
        self._rewrite()
