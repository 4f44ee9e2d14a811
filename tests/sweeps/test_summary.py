"""The order of trials, and the texts about them."""

import math
from collections.abc import Sequence
from pathlib import Path

import pytest
from nnzoo.runs.directory import RunDirectory
from nnzoo.sweeps.results import Results, RunRow, TrialRow
from nnzoo.sweeps.summary import counts, failures, mean_and_sd, paired_difference, table
from scipy.stats import ttest_rel

NOWHERE = RunDirectory(Path("nowhere"))


def run(seed: int, acc: float, loss: float = 1.0, status: str = "done", which: str = "best") -> RunRow:
    metrics = {f"val/{which}": {"acc": acc, "loss": loss}, f"test/{which}": {"acc": acc / 2, "loss": loss}}
    return RunRow((("seed", seed),), NOWHERE, status, "", metrics)


def trial(number: int, *runs: RunRow, status: str = "done", message: str = "", repeats: int | None = None) -> TrialRow:
    values = [each.metrics["val/best"]["acc"] for each in runs if "val/best" in each.metrics]
    value = sum(values) / len(values) if values and status == "done" else None
    return TrialRow(number, {"+lr": 0.1 * (number + 1)}, status, message, value, repeats, runs)


def results(*trials: TrialRow, mode: str = "max") -> Results:
    return Results("val/acc", mode, 100, ("+lr",), trials)


def order(found: Results) -> list[int]:
    return [row.number for row in found.ranked()]


def test_the_best_trial_is_the_first() -> None:
    trials = [trial(0, run(0, 0.5)), trial(1, status="failed"), trial(2, run(0, 0.9)), trial(3, run(0, 0.7))]
    assert order(results(*trials)) == [2, 3, 0, 1]
    assert order(results(*trials, mode="min")) == [0, 3, 2, 1]
    assert results(*trials).best == trials[2]
    assert results(trials[1]).best is results().best is None


def test_of_equal_trials_that_with_the_lower_loss_then_the_first() -> None:
    trials = [trial(0, run(0, 0.5, 2)), trial(1, run(0, 0.5, math.nan)), trial(2, run(0, 0.5)), trial(3, run(0, 0.5))]
    assert order(results(*trials)) == [2, 3, 0, 1]


def test_difference_of_the_best_two_against_scipy() -> None:
    first, second = [0.9, 0.7, 0.8], [0.5, 0.6, 0.3]
    found = results(
        trial(0, *(run(seed, acc) for seed, acc in enumerate(second))),
        trial(1, *(run(seed, acc) for seed, acc in enumerate(first))),
    )
    interval = ttest_rel(first, second).confidence_interval(0.95)
    half = (interval.high - interval.low) / 2
    text = f"trial 1 - trial 0: val/acc +0.333 +/- {half:.2g} (paired, 3 runs, 95 %); undecided"
    assert interval.low < 0
    assert paired_difference(found, "+/-") == text


def test_a_clear_difference_is_not_undecided() -> None:
    found = results(
        trial(0, run(0, 0.5), run(1, 0.6), run(2, 0.7, status="failed"), run(4, 0.1)),
        trial(1, run(1, 0.81), run(0, 0.7), run(2, 0.9), run(3, 0.9)),
    )
    text = paired_difference(found, "±")  # 0.2 and 0.21, of the runs that both have
    assert text.startswith("trial 1 - trial 0: val/acc +0.205 ± 0.064 (paired, 2 runs, 95 %)")
    assert "undecided" not in text


@pytest.mark.parametrize(
    "trials",
    [
        [],
        [trial(0, run(0, 0.5), run(1, 0.5))],
        [trial(0, run(0, 0.5), run(1, 0.5)), trial(1, status="failed")],
        [trial(0, run(0, 0.5), run(1, 0.5)), trial(1, run(1, 0.5), run(2, 0.5))],
    ],
    ids=["none", "one", "without a value", "one common seed"],
)
def test_no_difference(trials: Sequence[TrialRow]) -> None:
    assert paired_difference(results(*trials), "±") == ""


def test_columns_of_the_table() -> None:
    """The compared metric and its loss, and the compared one on the test split, of the best weights."""
    found = results(trial(0, run(0, 0.5), run(1, 0.7)), trial(1, run(0, 0.9), run(1, 0.9)), trial(2, status="failed"))
    head, *rows = (line.split() for line in table(found, 2, "±").splitlines())
    assert head == ["trial", "lr", "n", "val/acc", "val/loss", "test/acc", "status"]
    assert rows[0][:4] == ["1", "0.2", "2", "0.9"]
    assert rows[1][:6] == ["0", "0.1", "2", "0.6", "±", "0.14"]
    assert len(rows) == 2
    single = results(trial(0, run(0, 0.5)))
    assert "n" not in table(single, 5, "±").splitlines()[0].split()


def test_last_weights_stand_where_a_trial_has_no_best_ones() -> None:
    found = results(trial(0, run(0, 0.5)), trial(1, run(0, 0.9, which="last")))
    rows = [line.split() for line in table(found, 2, "±").splitlines()[1:]]
    assert sorted(row[2] for row in rows) == ["0.5", "0.9"]


def test_a_repeated_trial_says_of_which_in_its_status() -> None:
    message = "the same settings as trial 0"
    found = results(trial(0, run(0, 0.5), message="fine"), trial(1, run(0, 0.4), message=message, repeats=0))
    first, second = table(found, 2, "±").splitlines()[1:]
    assert first.endswith(" done")
    assert second.endswith(f" done ({message})")


def test_means() -> None:
    assert mean_and_sd([], "±") == ""
    assert mean_and_sd([0.5], "±") == "0.5"
    assert mean_and_sd([1.0, 3.0], "+/-") == "2 +/- 1.4"


def test_failures_are_grouped_by_their_messages() -> None:
    trials = [trial(number, status="failed", message="no ink") for number in range(12)]
    trials += [trial(12, status="diverged", message="loss is nan"), trial(13, status="failed")]
    trials += [trial(14, status="pruned", message="too slow"), trial(15, status="failed", message="no luck")]
    assert failures(results(*trials)).splitlines() == [
        "0 1 2 3 4 5 6 7 8 9 ... failed: no ink",
        "12 diverged: loss is nan",
        "15 failed: no luck",
    ]
    assert failures(results(*trials[:10])) == "0 1 2 3 4 5 6 7 8 9 failed: no ink"


def test_counts() -> None:
    found = results(trial(0), trial(1, status="failed"), trial(2, repeats=0), trial(3, repeats=0))
    assert counts(found) == "3 done, 1 failed; 2 repeat the settings of earlier ones"
    assert counts(results(trial(0))) == "1 done"
    assert counts(results()) == "none"
