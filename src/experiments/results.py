"""The result files of experiments: the runs of all seeds, and the environments that they ran in."""

import hashlib
import json
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from ..errors import UserError, reason_of
from ..runs.atomic import nan_to_none, write_json
from .claims import Claim, Run, read_run
from .verdicts import as_documented, judge


@dataclass
class Found:
    """The content of a result file.

    config: hash of the settings; environments: versions, commit and threads of the runs.
    """

    config: str = ""
    environments: list[dict[str, Any]] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)

    @property
    def seeds(self) -> int:
        """The number of seeds with runs."""
        return len({run.seed for run in self.runs})

    def add(self, run: Run, environment: dict[str, Any]) -> Run:
        """Add a run and return it as it is stored."""
        if environment not in self.environments:
            self.environments.append(environment)
        self.runs.append(replace(run, environment=self.environments.index(environment)))
        return self.runs[-1]

    def with_whole_seeds(self, arms: Collection[str]) -> "Found":
        """Return the runs of the seeds that have a run of every arm, from seed 0 on, in the order of seeds and arms."""
        seeds = 0
        while {run.arm for run in self.runs if run.seed == seeds} == set(arms):
            seeds += 1
        order = list(arms)
        whole = [run for run in self.runs if run.seed < seeds]
        return replace(self, runs=sorted(whole, key=lambda run: (run.seed, order.index(run.arm))))


def result_file(name: str) -> Path:
    """Return the path of the result file of an experiment, relative to the working directory."""
    return Path("outputs", "results") / f"{name.replace('/', '__')}.json"


def unfinished_file(name: str) -> Path:
    """Return the path of the runs so far; they replace the result file when all seeds are there."""
    return Path("outputs", "unfinished_results") / f"{name.replace('/', '__')}.json"


def read_found(path: Path) -> Found:
    """Return the content of a result file, without runs if there is none. Raises UserError if it is damaged."""
    if not path.exists():
        return Found()
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        digest = digest_of(plain)
        if plain.get("digest", digest) != digest:  # earlier files have none
            raise ValueError("its runs have changed since they were written")
        found = Found(plain["config"], plain["environments"], [read_run(run) for run in plain["runs"]])
        for run in found.runs:
            found.environments[run.environment]  # raises IndexError
    except (OSError, ValueError, LookupError, TypeError, UserError) as error:
        raise UserError(
            f"result file {path} is damaged ({reason_of(error)}); restore it, or delete it to make the result again"
        ) from error
    return found


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Create the folder of a file that is then written. Raises UserError if either is not possible."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror or error}") from error


def check_writable(path: Path) -> None:
    """Raise UserError if a file cannot be written, before the work whose results it will contain."""
    with writing(path), tempfile.TemporaryFile(dir=path.parent):
        pass


def digest_of(plain: Mapping[str, Any]) -> str:
    """Return a checksum of what was measured, from which the rest of a result file follows."""
    measured = {key: plain[key] for key in ("config", "environments", "runs")}
    return hashlib.sha256(json.dumps(nan_to_none(measured), sort_keys=True).encode()).hexdigest()[:16]


def write_found(path: Path, name: str, claim: Claim, found: Found) -> None:
    """Write the runs of an experiment, with the verdicts on them. Raises UserError if that is not possible."""
    results = judge(claim, found.runs)
    plain = {
        "experiment": name,
        "as_documented": as_documented(results),
        "measures": [asdict(each) for each in results],
        "seconds": round(sum(run.seconds for run in found.runs), 1),
        "config": found.config,
        "environments": found.environments,
        "runs": [asdict(run) for run in found.runs],
    }
    with writing(path):
        write_json(path, {**plain, "digest": digest_of(plain)})
