"""The directory of a run and the names of its files."""

import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

from ..errors import UserError, unknown
from ..files.paths import digest, expand_path
from .atomic import none_to_nan, remove_drafts, write, write_json
from .environment import environment
from .history import read_history
from .log import log_to_file
from .output_directory import FIGURES, STATUS, OutputDirectory
from .readers import NUMBER, check_types, config_to_yaml, read_object, read_yaml, to_yaml

Which = Literal["best", "last"]
WHICH = ("best", "last")
CONFIG, RESULTS, TAGS, METRICS = "config.yaml", "results.json", "tags.json", "metrics.csv"
DATA, OVERRIDES, ENVIRONMENT = "data.json", "overrides.yaml", "env.json"
OUTLIER_SCORES = "outlier_scores.json"
WRITTEN = (CONFIG, RESULTS, METRICS, DATA, OUTLIER_SCORES, STATUS, OVERRIDES, ENVIRONMENT, "ratings.npz")
"""Files that training writes under a temporary name first."""
FOLDERS = ("checkpoints", FIGURES)


@dataclass(frozen=True)
class RunDirectory(OutputDirectory):
    """The directory of a run. Its status is running, done, failed, diverged, pruned or interrupted."""

    @classmethod
    def create(cls, parent: Path, name: str) -> Self:
        """Create the directory `parent/name-time-suffix`. Raises UserError if this is not possible."""
        parent = expand_path(parent)
        stamp = time.strftime("%m%d-%H%M%S")
        while True:
            path = parent / f"{name}-{stamp}-{secrets.token_hex(2)}"
            try:
                parent.mkdir(parents=True, exist_ok=True)
                path.mkdir()
            except FileExistsError as error:
                if not parent.is_dir():
                    raise UserError(f"output_dir {parent} is not a directory") from error
            except OSError as error:
                raise UserError(f"cannot write to output_dir {parent}: {error.strerror}") from error
            else:
                return cls(path)

    # Files

    @property
    def checkpoints(self) -> Path:
        """The folder of the checkpoints."""
        return self.path / FOLDERS[0]

    def checkpoint(self, which: str) -> Path:
        """Return the path of the checkpoint "best" or "last", which need not exist."""
        if which not in WHICH:
            raise unknown("checkpoint", which, WHICH)
        return self.checkpoints / f"{which}.ckpt"

    @property
    def metrics_file(self) -> Path:
        """The table of metrics by epoch."""
        return self.path / METRICS

    @property
    def log_file(self) -> Path:
        """The log file."""
        return self.path / "run.log"

    @property
    def lock_file(self) -> Path:
        """The file that is locked while the run is active."""
        return self.path / "run.lock"

    @property
    def data_copy(self) -> Path:
        """The copy of data passed from Python, if requested."""
        return self.path / "data.npz"

    @property
    def ratings_file(self) -> Path:
        """The ratings on which a recommender was trained."""
        return self.path / "ratings.npz"

    # Contents of the files

    def remove_drafts(self) -> None:
        """Delete temporary files that killed processes have left. Only the process that trains the run may do so."""
        remove_drafts(self.path, WRITTEN)
        remove_drafts(self.checkpoints, ["*.ckpt"])

    def write_setup(self, config: dict[str, Any], overrides: Sequence[str]) -> None:
        """Write config, overrides and environment before training."""
        write(self.path / CONFIG, config_to_yaml(config))
        self.write_overrides(overrides)
        write_json(self.path / ENVIRONMENT, environment() | {"started": time.time()})

    def read_setup(self) -> dict[str, bytes | None]:
        """Return the contents of the status and of what is written before training, by file; None for missing files."""
        paths = {name: self.path / name for name in (CONFIG, OVERRIDES, ENVIRONMENT, DATA, STATUS)}
        return {name: path.read_bytes() if path.is_file() else None for name, path in paths.items()}

    def restore_setup(self, contents: Mapping[str, bytes | None]) -> None:
        """Write files of `read_setup` again, as far as the directory can be written."""
        for name, content in contents.items():
            with suppress(OSError):
                if content is None:
                    (self.path / name).unlink(missing_ok=True)
                else:
                    write(self.path / name, content)

    def config(self) -> dict[str, Any]:
        """Return the resolved config. Raises UserError if there is none."""
        path = self.path / CONFIG
        if not path.is_file():
            where = "is not a run directory (no config.yaml)" if self.path.is_dir() else "does not exist"
            raise UserError(f"{self.path} {where}")
        config = read_yaml(path)
        if not isinstance(config, dict):
            raise UserError(f"{path} is not the config of a run")
        check_types(path, config, {"choices": dict, "data": dict, "trainer": dict, "trial": dict})
        if (trial := config.get("trial")) and not ("number" in trial and isinstance(trial.get("params"), dict)):
            raise UserError(f"{path} is damaged: its trial has no number or no params")
        return config

    def write_overrides(self, overrides: Sequence[str]) -> None:
        """Write the overrides of the command line."""
        write(self.path / OVERRIDES, to_yaml(list(overrides)))

    def overrides(self) -> list[str]:
        """Return the overrides of the command line, empty if unknown. Raises UserError if the file is damaged."""
        path = self.path / OVERRIDES
        found = (read_yaml(path) or []) if path.is_file() else []
        if not isinstance(found, list) or not all(isinstance(line, str) for line in found):
            raise UserError(f"{path} is damaged: it has no list of overrides")
        return found

    def environment(self) -> dict[str, Any]:
        """Return the environment of the run and the time of its start, empty if unknown.

        Raises UserError as `results`.
        """
        found = read_object(self.path / ENVIRONMENT)
        check_types(self.path / ENVIRONMENT, found, {"started": NUMBER, "command": list})
        return found

    def write_data(self, description: Mapping[str, Any]) -> None:
        """Write the description of the data: spec, number of examples of each split, and summary."""
        write_json(self.path / DATA, dict(description))

    def data(self) -> dict[str, Any]:
        """Return the description of the data, empty if unknown. Raises UserError as `results`."""
        found = read_object(self.path / DATA)
        check_types(self.path / DATA, found, {"sizes": dict, "unit": str})
        return found

    def write_results(self, metrics: dict[str, dict[str, float]]) -> None:
        """Write the final metrics by split and checkpoint."""
        write_json(self.path / RESULTS, metrics)

    def results(self) -> dict[str, dict[str, float]]:
        """Return the final metrics, empty if there are none yet. Non-finite numbers are NaN.

        Raises UserError if the file is damaged.
        """
        path = self.path / RESULTS
        self.check_content(path)
        found: dict[str, dict[str, float]] = none_to_nan(read_object(path))
        for key, metrics in found.items():
            if not isinstance(metrics, dict) or not all(isinstance(value, NUMBER) for value in metrics.values()):
                raise UserError(f"{path} has no metrics in {key}")
        return found

    def history(self) -> list[dict[str, float]]:
        """Return the rows of metrics.csv, see `read_history`. Raises UserError if the file is damaged."""
        self.check_content(self.metrics_file)
        return read_history(self.metrics_file)

    def check_metrics(self) -> None:
        """Raise UserError if results.json or metrics.csv is damaged."""
        self.results()
        self.history()

    def checksums(self) -> dict[str, str]:
        """Return the checksums of the metrics in the directory by the names of their files."""
        return {name: digest(self.path / name) for name in (RESULTS, METRICS) if (self.path / name).is_file()}

    def check_content(self, path: Path) -> None:
        """Raise UserError if a file has changed since the run ended."""
        try:
            expected = (self.state().get("checksums") or {}).get(path.name)
        except UserError:  # a damaged status is reported where it is read
            return
        if expected is not None and path.is_file() and digest(path) != expected:
            raise UserError(f"{path} is damaged: it has changed since the run wrote it; restore or remove it")

    def write_outlier_scores(self, scores: Mapping[str, Any]) -> None:
        """Write the step of each checkpoint and the quantiles of its outlier scores of the training examples."""
        write_json(self.path / OUTLIER_SCORES, dict(scores))

    def outlier_scores(self, which: str, step: int) -> list[float] | None:
        """Return the quantiles of the training scores of a checkpoint at a step, None if they are not stored.

        Raises UserError if the file is damaged.
        """
        path = self.path / OUTLIER_SCORES
        stored = none_to_nan(read_object(path)).get(which)
        if stored is None:
            return None
        quantiles = stored.get("quantiles") if isinstance(stored, dict) else None
        if not isinstance(quantiles, list) or not quantiles or not all(isinstance(q, NUMBER) for q in quantiles):
            raise UserError(f"{path} is damaged: it has no quantiles of {which}")
        return quantiles if stored.get("step") == step else None

    def write_tags(self, tags: Iterable[str]) -> None:
        """Write the tags of the run."""
        write_json(self.path / TAGS, {"tags": sorted(set(tags))})

    def tags(self) -> list[str]:
        """Return the tags of the run, sorted. Raises UserError if the file is damaged."""
        found = read_object(self.path / TAGS).get("tags", [])
        if not isinstance(found, list) or not all(isinstance(tag, str) for tag in found):
            raise UserError(f"{self.path / TAGS} has no list of tags")
        return found

    def log(self) -> AbstractContextManager[None]:
        """Append log records, and the traceback of an exception, to the log file."""
        return log_to_file(self.log_file)
