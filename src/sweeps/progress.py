"""The progress line of a sweep: trials that have ended, the best value, the remaining time."""

import sys
from collections.abc import Callable

from tqdm import tqdm

from ..formatting import format_number
from .study import Study


class Progress:
    """One updating line on standard error; nothing if that is not a terminal. trials: how many there are, or None."""

    def __init__(self, trials: int | None) -> None:
        self.trials = trials
        self.bar: tqdm[None] | None = None

    def begin(self, done: int) -> None:
        """Show the line."""
        if sys.stderr is not None and sys.stderr.isatty():
            self.bar = tqdm(total=self.trials, initial=done, unit="trial", leave=False)

    def write(self, print_line: Callable[[str], None], line: str) -> None:
        """Print a line above the progress line."""
        if self.bar is None:
            print_line(line)
            return
        self.bar.clear()
        print_line(line)
        self.bar.refresh()

    def update(self, done: int, study: Study, metric: str) -> None:
        """Update the line."""
        if self.bar is None:
            return
        values = [trial.value for trial in study.trials() if trial.value is not None]
        if values:
            best = min(values, key=lambda value: study.sign * value)
            self.bar.set_postfix_str(f"best {metric} {format_number(best)}", refresh=False)
        self.bar.update(done - self.bar.n)

    def end(self) -> None:
        """Remove the line."""
        if self.bar is not None:
            self.bar.close()
            self.bar = None
