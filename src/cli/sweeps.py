"""`nnzoo train -m`: run a sweep and print its table."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..sweeps.plan import read_plan
from .outcome import tensorboard_line
from .progress_lines import write as write_progress
from .streams import printable

if TYPE_CHECKING:
    from ..sweeps.plan import SweepPlan
    from ..sweeps.run import SweepOutcome


def run_and_print(overrides: Sequence[str], config_dir: str | None, arguments: Sequence[str]) -> int:
    """Run a sweep, print the table of the best trials and return the exit code: 1 if a trial failed."""
    plan = read_plan(overrides, Path(config_dir) if config_dir else None)
    write_progress(f"training     {describe(plan)}")
    from ..sweeps.run import run_sweep  # imports Optuna, and the plan is known to be good

    outcome = run_sweep(plan, arguments=arguments, print_line=lambda line: print(line, flush=True))
    print(summary(outcome, plan.settings.top))
    if outcome.signal is not None:
        return 128 + outcome.signal
    return int(outcome.status != "done" or any(row.status == "failed" for row in outcome.results.trials))


def describe(plan: "SweepPlan") -> str:
    """Return the number of trials, what varies, and the number of runs of each trial if there are several."""
    keys, runs = ", ".join(param.key for param in plan.space.params), len(plan.replicates)
    count = "trials" if plan.trials is None else f"{plan.trials} trial{'s' * (plan.trials != 1)}"
    if not keys:
        return f"{count} of {runs} runs"
    return f"{count} of {keys}{f', {runs} runs each' if runs > 1 else ''}"


def summary(outcome: "SweepOutcome", top: int) -> str:
    """Return the table of the best trials, failures, the difference of the first two, and the commands that follow."""
    from ..sweeps.summary import counts, failures, paired_difference, table

    results, sign = outcome.results, printable("±", "+/-")
    lines = ["", table(results, top, sign), ""]
    if len(results.trials) > top:
        lines.append(f"the best {top} of {len(results.trials)} trials; all are in sweep.csv")
    split = results.metric.partition("/")[0]
    lines.append(f"trials       {counts(results)}; compared on {results.examples} examples ({split})")
    if failed := failures(results):
        lines.append(failed)
    if difference := paired_difference(results, sign):
        lines.append(f"difference   {difference}")
    if outcome.command:
        assert results.best is not None
        lines.append(f"best         trial {results.best.number}: {outcome.command}")
    if outcome.command_of_all:
        lines.append(f"all its runs {outcome.command_of_all}")
    if outcome.status != "done":
        lines.append(f"{outcome.status}: {outcome.message}")
    lines += [f"sweep        {shlex.quote(str(outcome.directory))}", tensorboard_line(outcome.directory)]
    return "\n".join(lines)
