"""The best trial of a sweep: `best.yaml`, and the commands that train it again."""

import shlex
from collections.abc import Mapping
from typing import Any

from ..formatting import quote_setting
from ..runs.atomic import write
from ..runs.readers import to_yaml
from .directory import SweepDirectory
from .plan import SweepPlan
from .replicates import Replicate
from .results import Results, TrialRow
from .summary import paired_difference

FROM_PYTHON = "data.path=null"  # override of a sweep whose data is an object in Python


def write_best(results: Results, plan: SweepPlan, directory: SweepDirectory) -> None:
    """Write `best.yaml`, unless no trial has a value."""
    best = results.best
    if best is None:
        directory.best_file.unlink(missing_ok=True)
        return
    found: dict[str, Any] = {
        "trial": best.number,
        "metric": results.metric,
        "value": best.value,
        "runs": len(best.runs),
        "params": {key: best.point[key] for key in results.keys},
        "directories": [run.directory.path.name for run in best.runs],
        "command": command(best, plan),
    }
    if len(best.runs) > 1:
        found["command_all_runs"] = command_of_all(best, plan)
    if difference := paired_difference(results, "+/-"):
        found["difference"] = difference
    write(directory.best_file, to_yaml(found))


def command(row: TrialRow, plan: SweepPlan) -> str:
    """Return the command that repeats a trial's first run exactly."""
    return train_command(row.point, plan, [f"{key}={value}" for key, value in plan.replicates[0]])


def command_of_all(row: TrialRow, plan: SweepPlan) -> str:
    """Return the command that repeats all runs of a trial."""
    return train_command(row.point, plan, list(replicate_overrides(plan.replicates)), flag="-m ")


def replicate_overrides(replicates: tuple[Replicate, ...]) -> list[str]:
    """Return the overrides that give all seeds and folds."""
    values: dict[str, dict[str, None]] = {}
    for replicate in replicates:
        for key, value in replicate:
            values.setdefault(key, {})[str(value)] = None
    return [f"{key}={','.join(each)}" for key, each in values.items()]


def train_command(point: Mapping[str, Any], plan: SweepPlan, more: list[str], flag: str = "") -> str:
    """Return a command that trains a point, or a call in Python if the data is an object there."""
    if FROM_PYTHON in plan.overrides:
        given = [text for text in plan.overrides if text != FROM_PYTHON]
        function = "sweep" if flag else "train"
        return f"nnzoo.{function}({', '.join(map(repr, [*given, *plan.space.overrides(point), *more]))}, data=...)"
    own = f"--config-dir {shlex.quote(str(plan.own_configs))} " if plan.own_configs else ""
    words = [*plan.overrides, *plan.space.overrides(point), *more]
    return f"nnzoo train {flag}{own}{' '.join(map(quoted, words))}"


def quoted(setting: str) -> str:
    """Return a setting quoted for any shell: zsh also interprets brackets."""
    return quote_setting(setting) if "'" in setting else shlex.quote(setting)
