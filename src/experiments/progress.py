"""The progress of `nnzoo reproduce all`, which continues where it was interrupted."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..errors import UserError, reason_of
from ..formatting import duration
from ..runs.atomic import write_json
from .results import writing

FILE = Path("outputs", "reproduce_all.json")  # of an unfinished reproduction of all experiments


class Progress:
    """Which experiments have ended, and how long the others will take.

    expected: experiment -> seconds that it took before, 0 = unknown, in their order; count: number of seeds that the
    user asks for; ended: experiment -> whether its verdicts were the documented ones, and its seconds.
    """

    def __init__(self, expected: Mapping[str, float], count: int | None, ended: dict[str, tuple[bool, float]]) -> None:
        self.expected, self.count, self.ended = expected, count, ended

    @classmethod
    def of(cls, expected: Mapping[str, float], count: int | None) -> "Progress":
        """Return the progress of the unfinished reproduction with this number of seeds, or of a new one.

        Raises UserError if the file of the unfinished one is damaged.
        """
        try:
            plain = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {"seeds": count, "ended": {}}
            same = plain["seeds"] == count
            ended = {name: (bool(ok), float(took)) for name, (ok, took) in plain["ended"].items() if name in expected}
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            reason = reason_of(error)
            raise UserError(f"{FILE} is damaged ({reason}); delete it to begin with the first experiment") from error
        ended = ended if same else {}
        if ended:
            print(f"continuing after {len(ended)} of {len(expected)} experiments", flush=True)
        return cls(expected, count, ended)

    def left(self) -> Iterator[str]:
        """Yield the experiments that have not ended."""
        yield from [name for name in self.expected if name not in self.ended]

    def line(self, name: str) -> str:
        """Return one line about the next experiment: its place and the time left."""
        rest = sum(seconds for each, seconds in self.expected.items() if each not in self.ended)
        before = sum(self.expected[each] for each in self.ended)
        pace = sum(seconds for _, seconds in self.ended.values()) / before if before else 1.0
        left = f", about {duration(rest * pace)} left" if rest else ""
        return f"{len(self.ended) + 1} of {len(self.expected)}: {name}{left}"

    def end(self, name: str, documented: bool, seconds: float) -> None:
        """Store that an experiment has ended. Raises UserError if the file cannot be written."""
        self.ended[name] = (documented, seconds)
        with writing(FILE):
            write_json(FILE, {"seeds": self.count, "ended": self.ended})

    def close(self) -> bool:
        """Remove the file; return whether the verdicts of all experiments were the documented ones."""
        FILE.unlink(missing_ok=True)
        return all(documented for documented, _ in self.ended.values())
