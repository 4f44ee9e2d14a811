"""Which figures a sweep has, and what they are drawn from."""

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from matplotlib.figure import Figure
from nnzoo.runs.directory import RunDirectory
from nnzoo.sweeps import pictures
from nnzoo.sweeps.directory import SweepDirectory
from nnzoo.sweeps.pictures import as_mode, as_number, curves, drawn, figures
from nnzoo.sweeps.results import Results, RunRow, TrialRow


def run(folder: Path, value: float, status: str = "done") -> RunRow:
    return RunRow((), RunDirectory(folder), status, "", {"val/best": {"acc": value}})


def trial(number: int, *runs: RunRow, status: str = "done", **point: Any) -> TrialRow:
    values = [each.metrics["val/best"]["acc"] for each in runs if each.status == "done"]
    value = sum(values) / len(values) if values and status == "done" else None
    return TrialRow(number, point, status, "", value, None, runs)


def results(*trials: TrialRow, keys: tuple[str, ...] = ("lr",), mode: str = "max") -> Results:
    return Results("val/acc", mode, 100, keys, trials, log=frozenset(["lr"]))


@pytest.fixture
def plots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each figure be the arguments from which it would be drawn."""
    for name in ("slices", "data_sizes", "history", "parallel", "importances", "trial_curves"):
        monkeypatch.setattr(pictures, f"plot_{name}", lambda *args: args)


def made(found: Results, importances: dict[str, float]) -> dict[str, Any]:
    study: Any = SimpleNamespace(importances=lambda minimum: importances if minimum == 4 else {})
    return dict(figures(found, study))


@pytest.mark.parametrize(
    ("trials", "keys", "importances", "names"),
    [
        (1, ("lr",), {}, ["slices"]),
        (2, ("lr",), {"lr": 1.0}, ["slices", "history"]),
        (1, ("lr", "unit"), {}, ["slices"]),
        (2, ("lr", "unit"), {}, ["slices", "history", "parallel"]),
        (2, ("lr", "unit"), {"lr": 1.0}, ["slices", "history", "parallel", "importances"]),
        (2, (), {}, ["history"]),
    ],
)
def test_figures_that_apply(
    trials: int, keys: tuple[str, ...], importances: dict[str, float], names: list[str], plots: None, tmp_path: Path
) -> None:
    rows = [trial(number, run(tmp_path, 0.5), **dict.fromkeys(keys, 0.1)) for number in range(trials)]
    assert list(made(results(*rows, keys=keys), importances)) == names


@pytest.mark.parametrize("mode", ["min", "max"])
def test_figures_know_metric_direction_and_scale(mode: str, plots: None, tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").write_text("epoch,val/acc\n1,0.25\n2,0.5\n")
    rows = [
        trial(0, run(tmp_path, 0.5), run(tmp_path, 0.75), lr=0.1, **{"data.train": "50"}),
        trial(1, run(tmp_path, 0.5), lr=0.1, **{"data.train": "90"}),
        trial(2, status="failed", lr=0.1, **{"data.train": "90"}),
    ]
    found = made(results(*rows, keys=("lr", "data.train"), mode=mode), {"lr": 1.0})
    trials = [drawn(row, results()) for row in rows]
    log = frozenset(["lr"])
    assert found["slices"] == found["parallel"] == (trials, "val/acc", mode, log)
    assert found["history"] == (trials, "val/acc", mode)
    assert found["data_sizes"] == ({"lr=0.1": {50: trials[0], 90: trials[2]}}, "val/acc", mode)
    assert found["importances"] == ({"lr": 1.0}, "PED-ANOVA", 2)
    assert found["curves"][1:] == ("val/acc", mode)
    assert as_mode(mode) == mode


def test_a_trial_as_it_is_drawn(tmp_path: Path) -> None:
    runs = (run(tmp_path, 0.5), run(tmp_path, 0.7), run(tmp_path, 0.9, status="failed"))
    several = drawn(trial(3, *runs, lr="0.1", unit="relu", rate=2), results())
    assert several.params == {"lr": 0.1, "unit": "relu", "rate": 2.0}
    assert (several.number, several.status, several.n) == (3, "done", 2)
    assert several.value == pytest.approx(0.6)
    assert several.sd == pytest.approx(0.2 / math.sqrt(2))
    single = drawn(trial(3, runs[0]), results())
    assert (single.sd, single.n) == (None, 1)


def test_figures_are_written_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found, study = results(), SimpleNamespace()
    monkeypatch.setattr(pictures, "figures", lambda *given: [("a", Figure())] if given == (found, study) else [])
    for _ in range(2):
        pictures.write_figures(found, study, SweepDirectory(tmp_path))  # type: ignore[arg-type]
        assert [path.name for path in (tmp_path / "figures").iterdir()] == ["a.png"]
        assert len([*tmp_path.glob("events.out.tfevents.*")]) == 1


def test_numbers_are_finite() -> None:
    assert as_number("0.5") == as_number(0.5) == 0.5
    assert [as_number(text) for text in ("nan", "inf", "[1,2]", "null")] == ["nan", "inf", "[1,2]", "null"]
    assert as_number(3) == 3.0


def test_curves_of_the_five_best_trials(tmp_path: Path) -> None:
    rows = []
    for number in range(7):
        folders = [tmp_path / f"{number}-{k}" for k in range(3)]
        for folder in folders:
            folder.mkdir()
        for folder in folders[:2]:
            (folder / "metrics.csv").write_text(f"epoch,val/acc\n1,0\n2,{number}\n")
        runs = (run(folders[0], number), run(folders[1], number, status="failed"), run(folders[2], number))
        rows.append(trial(number, *runs, lr=number / 8))
    found = curves(results(*rows))
    assert found == {f"lr={number / 8:.4g}": [[0.0, float(number)]] for number in (6, 5, 4, 3, 2)}
    assert curves(results(TrialRow(1, {}, "done", "", 1.0, None, rows[1].runs))) == {"trial 1": [[0.0, 1.0]]}
    assert curves(results(trial(0, rows[0].runs[2], lr=1))) == {}
