"""A small sweep from Python: tables, best trial, figures, and the commands that follow."""

import json
import math
import shlex

import nnzoo
import pandas as pd
import pytest
import yaml
from nnzoo.errors import UserError
from nnzoo.figures.sweeps.trial import Trial
from nnzoo.runs.directory import RunDirectory
from nnzoo.sweeps.best import quoted
from nnzoo.sweeps.export import FORMATS, export_table
from nnzoo.sweeps.pictures import curve, data_sizes

from tests.support.commands import command, exit_code

QUICK = ("data=iris", "model=linear", "trainer.threads=1", "~callbacks.figures", "~callbacks.boundaries")


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("outputs")


@pytest.fixture(scope="module")
def found(root):
    return nnzoo.sweep(
        *QUICK,
        params={"optimizer.lr": [0.001, 0.1], "model.bias": [True, False]},
        seeds=2,
        trainer={"max_epochs": 2},
        sweep={"workers": 0},
        output_dir=str(root),
    )


def test_tables(found):
    assert found.status == "done"
    assert len(found.table) == 4
    assert len(found.runs) == 8
    assert found.table["val/acc"].is_monotonic_decreasing
    by_hand = found.runs.groupby("trial")["val/best/acc"].agg(["mean", "std"])
    for _, row in found.table.iterrows():
        assert row["val/best/acc"] == pytest.approx(by_hand.loc[row["trial"], "mean"])
        assert row["val/best/acc_sd"] == pytest.approx(by_hand.loc[row["trial"], "std"])


def test_best_trial(found):
    first = found.table.iloc[0]
    best = found.best
    assert (best.trial, best.value, best.metric) == (first["trial"], pytest.approx(first["val/acc"]), "val/acc")
    assert best.params.keys() == {"optimizer.lr", "model.bias"}
    assert isinstance(best.params["model.bias"], bool)
    results = RunDirectory(best.directories[0]).results()
    assert results == pytest.approx({k: pytest.approx(v) for k, v in results.items()})
    assert nnzoo.load(best.directories[0]).config["trial"]["number"] == best.trial


def test_command_repeats_the_first_run(found, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    args = [arg for arg in shlex.split(found.best.command)[1:] if not arg.startswith("output_dir=")]
    command(*args, "evaluate=[val,test]")
    (again,) = (tmp_path / "outputs").glob("iris/*")
    before = RunDirectory(found.best.directories[0]).results()
    after = RunDirectory(again).results()
    assert after == {name: pytest.approx(before[name]) for name in after}


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        ("seed=0", "seed=0"),
        ("model.hidden=[64,32]", "'model.hidden=[64,32]'"),
        ("~callbacks.figures", "'~callbacks.figures'"),
        ("data.path='my data.csv'", "\"data.path='my data.csv'\""),
        ("name='a $b'", "name=\\'a\\ \\$b\\'"),
    ],
)
def test_settings_are_quoted_for_a_shell(setting, text):
    assert quoted(setting) == text
    assert shlex.split(text) == [setting]


def test_run_knows_its_place(found):
    config = RunDirectory(found.best.directories[0]).config()
    assert config["trial"]["params"] == found.best.params
    assert "sweep" not in config
    assert "seeds" not in config


def test_figures_and_notebook(found):
    assert {"slices", "history", "parallel", "curves"} <= found.figures.keys()
    assert all(path.stat().st_size > 1000 for path in found.figures.values())
    page = found._repr_html_()
    assert page.count("<img") == len(found.figures)
    assert "SweepResult(done, 4 trials, best: trial" in page
    (events,) = found.directory.glob("events.out.tfevents.*")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    tags = EventAccumulator(str(events)).Reload().Tags()["images"]
    assert set(tags) == {f"sweep/{name}" for name in found.figures}


def test_trials_by_number_of_training_examples():
    points = [("mlp", 50.0), ("mlp", 200.0), ("mlp", "null"), ("lenet5", 50.0), ("lenet5", 200.0), ("vgg_a", 50.0)]
    trials = [Trial(k, {"model": m, "data.train": n}, "done", 0.5, None, 1) for k, (m, n) in enumerate(points)]
    assert data_sizes(trials) == {
        "model=mlp": {50: trials[0], 200: trials[1]},
        "model=lenet5": {50: trials[3], 200: trials[4]},
    }
    assert data_sizes([trial._replace(params={"model": "mlp"}) for trial in trials]) == {}


def test_curves_of_a_damaged_file_are_left_out(tmp_path):
    file = tmp_path / "metrics.csv"
    assert curve(file, "val/acc") == []
    file.write_text("epoch,val/acc\n1,0.5\n2,\n3,0.7\n")
    assert curve(file, "val/acc") == [0.5, 0.5, 0.7]
    file.write_text("epoch,val/acc\n1,high\n2,0.5\n")
    assert curve(file, "val/acc") == []


def test_results_are_read_from_the_directory(found):
    again = nnzoo.load_sweep(found.directory)
    pd.testing.assert_frame_equal(again.table, found.table)
    assert again.best == found.best
    with pytest.raises(UserError, match="does not exist"):
        nnzoo.load_sweep(found.directory / "nothing")


def test_best_file_has_the_paired_difference(found):
    best = yaml.safe_load((found.directory / "best.yaml").read_text())
    second = found.table.iloc[1]["trial"]
    values = found.runs.pivot(index="seed", columns="trial", values="val/best/acc")
    differences = values[best["trial"]] - values[second]
    half = 12.706 * differences.std() / math.sqrt(2)  # Student's t with one degree of freedom, 97.5 %
    assert best["difference"].startswith(
        f"trial {best['trial']} - trial {second}: val/acc {differences.mean():+.3g} +/- {half:.2g} (paired, 2 runs"
    )
    assert ("undecided" in best["difference"]) == (abs(differences.mean()) <= half)


def test_finished_sweep_is_not_continued(found, root, capsys):
    before = set(root.glob("sweeps/*"))
    settings = [*QUICK, "sweep.params.optimizer.lr=[0.001]", "seeds=1", "trainer.max_epochs=0", "sweep.workers=0"]
    for _ in range(2):
        assert exit_code("train", *settings, f"output_dir={root}") == 0
    assert len(set(root.glob("sweeps/*")) - before) == 2
    assert "continuing" not in capsys.readouterr().out


@pytest.mark.parametrize("style", FORMATS)
def test_table_for_a_paper(found, style):
    text = export_table(found.directory, style, columns=["trial", "optimizer.lr", "val/best/acc"], top=2)
    first = found.table.iloc[0]
    if style == "json":
        assert json.loads(text)[0] == {
            "trial": first["trial"],
            "optimizer.lr": first["optimizer.lr"],
            "val/best/acc": first["val/best/acc"],
        }
    elif style == "csv":
        assert text.splitlines()[1] == f"{first['trial']},{first['optimizer.lr']},{first['val/best/acc']}"
    else:
        sign = {"latex": r"$\pm$"}.get(style, "±")
        assert f"{first['val/best/acc']:.4g} {sign} " in text
    assert len(text.splitlines()) == {"text": 3, "csv": 3, "markdown": 4, "latex": 8, "json": 12}[style]


def test_wrong_table(found):
    assert exit_code("table", f"sweep={found.directory}", "format=html") == 2
    assert exit_code("table", f"sweep={found.directory}", "columns=[val/bes/acc]") == 2
    assert exit_code("table", "sweep=nothing") == 2


def test_data_from_python(tmp_path):
    frame = pd.DataFrame({"a": [0.1, 0.9] * 20, "b": [0.5, 0.2, 0.3, 0.9] * 10, "kind": ["x", "y"] * 20})
    made = nnzoo.sweep(
        "model=linear",
        data=frame,
        target="kind",
        params={"optimizer.lr": [0.1, 0.2]},
        trainer={"max_epochs": 1, "threads": 1},
        callbacks="none",
        sweep={"workers": 0},
        output_dir=str(tmp_path),
    )
    assert made.table["status"].tolist() == ["done", "done"]
    assert made.best.command.startswith("nnzoo.train('data=array', 'model=linear'")
    assert made.best.command.endswith(", data=...)")
