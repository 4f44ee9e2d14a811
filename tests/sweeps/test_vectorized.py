"""Vectorized sweeps: each member is as if it had run alone."""

import signal
from pathlib import Path
from types import SimpleNamespace

import nnzoo
import numpy as np
import pandas as pd
import pytest
import torch
from nnzoo.config.compose import compose
from nnzoo.errors import UserError
from nnzoo.runs.checkpoint import read
from nnzoo.runs.directory import RunDirectory
from nnzoo.sweeps.vectorized import Vectorized
from nnzoo.training.members.compatibility import why_alone
from nnzoo.training.members.group import Group
from nnzoo.training.result import Result
from nnzoo.training.saved import plain
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch.testing import assert_close

QUICK = (
    "data=iris",
    "model=mlp",
    "model.hidden=[5]",
    "trainer.threads=1",
    "trainer.max_epochs=4",
    *(f"~callbacks.{name}" for name in ("figures", "boundaries", "projector", "samples", "generated")),
)
LEARNING = (
    "optimizer=momentum",
    "optimizer.lr=0.01,1e30",
    "callbacks=early_stopping",
    "callbacks.early_stopping.patience=1",
)


def sweep(folder, *overrides, vectorized=True, **further):
    lines = [] if vectorized is None else [f"sweep.vectorized={str(vectorized).lower()}"]
    workers = [] if vectorized else ["sweep.workers=0"]
    given = {line.partition("=")[0] for line in overrides}
    quick = [line for line in QUICK if line.partition("=")[0] not in given]
    return nnzoo.sweep(*quick, *overrides, *lines, *workers, output_dir=str(folder), **further)


def runs(found):
    return [RunDirectory(found.directory / name) for name in sorted(found.runs["run"])]


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """The same sweep together and one by one; two of its runs diverge, the others stop at different epochs."""
    folders = tmp_path_factory.mktemp("together"), tmp_path_factory.mktemp("alone")
    return [sweep(folder, *LEARNING, seeds=2, vectorized=i == 0) for i, folder in enumerate(folders)]


def close(one, other):
    """Compare nested data to rounding; paths differ."""
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            close(one[key], other[key])
    elif isinstance(one, list | tuple):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            close(a, b)
    elif isinstance(one, float | torch.Tensor):
        assert_close(one, other, rtol=1e-4, atol=1e-5)
    elif not isinstance(one, str):
        assert one == other


def test_checkpoints(pair):
    compared = 0
    for mine, theirs in zip(*map(runs, pair), strict=True):
        for which in ("best", "last"):
            assert mine.checkpoint(which).is_file() == theirs.checkpoint(which).is_file()
            if mine.checkpoint(which).is_file():
                one, other = read(mine.checkpoint(which)), read(theirs.checkpoint(which))
                assert type(one["state_dict"]) is type(other["state_dict"])
                for checkpoint in (one, other):
                    for name, state in checkpoint["callbacks"].items():
                        state.pop("best_k_models", None)  # keys are paths
                        assert name
                close(one, other)
                compared += 1
    assert compared == 4


def test_results_in_a_relative_folder(pair, tmp_path, monkeypatch):
    """Lightning makes the paths of checkpoints absolute."""
    monkeypatch.chdir(tmp_path)
    found = sweep("outputs", *LEARNING, seeds=2)
    for mine, theirs in zip(runs(found), runs(pair[0]), strict=True):
        close(mine.results(), theirs.results())
    best = runs(found)[0].results()["test/best"]
    assert {type(value) for value in best.values()} == {float}


def test_metrics_and_results(pair):
    stopped = set()
    for mine, theirs in zip(*map(runs, pair), strict=True):
        assert mine.path.name == theirs.path.name
        assert (mine.status(), mine.message()) == (theirs.status(), theirs.message())
        close(mine.results(), theirs.results())
        close(mine.data(), theirs.data())
        one, other = ([line for line in run.overrides() if "output_dir" not in line] for run in (mine, theirs))
        assert one == other
        logs = [run.log_file.read_text() for run in (mine, theirs)]
        assert len({"Diverged: train/loss is" in log for log in logs}) == 1
        if mine.status() == "done":
            one, other = (pd.read_csv(run.metrics_file) for run in (mine, theirs))
            pd.testing.assert_frame_equal(one, other, rtol=1e-4, atol=1e-6)
            stopped.add(len(one))
    assert [run.status() for run in runs(pair[0])].count("diverged") == 2
    assert stopped


def test_events(pair):
    for mine, theirs in zip(*map(runs, pair), strict=True):
        one, other = (EventAccumulator(str(run.path)).Reload() for run in (mine, theirs))
        assert sorted(one.Tags()["scalars"]) == sorted(other.Tags()["scalars"])
        assert one.Tags()["tensors"] == other.Tags()["tensors"]  # config, layout, settings
        for tag in one.Tags()["scalars"]:
            values = [[(event.step, event.value) for event in events.Scalars(tag)] for events in (one, other)]
            assert_close(torch.tensor(values[0]), torch.tensor(values[1]), rtol=1e-4, atol=1e-5)


def test_commands_work_on_a_member(pair):
    run = next(run for run in runs(pair[0]) if run.status() == "done")
    assert nnzoo.evaluate(run.path)["test/best"] == pytest.approx(run.results()["test/best"])
    before = len(pd.read_csv(run.metrics_file))
    resumed = nnzoo.resume(run.path, "callbacks.early_stopping.patience=50", "trainer.max_epochs=6")
    assert resumed.status == "done"
    assert len(pd.read_csv(run.metrics_file)) == 6 > before
    assert len(nnzoo.predict(run.path, [[5.0, 3.0, 1.0, 0.2]])["prediction"]) == 1


def interrupted(folder, arguments, monkeypatch, *, epochs):
    """Return the directory of a sweep that is interrupted after a number of epochs of its groups."""
    done = []
    original = Group.run_epoch

    def interrupting(group):
        yield from original(group)
        done.append(group.epoch)
        if len(done) == epochs:
            signal.raise_signal(signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(Group, "run_epoch", interrupting)
        with pytest.raises(KeyboardInterrupt, match="trials have ended"):
            sweep(folder, *arguments, vectorized=None)
    (cut,) = (folder / "sweeps").iterdir()
    return cut


def test_member_with_damaged_metrics_is_named(tmp_path, monkeypatch):
    arguments = ("optimizer.lr=0.01,0.1,0.2", "sweep.vectorized=true")
    cut = interrupted(tmp_path, arguments, monkeypatch, epochs=2)
    first = RunDirectory(sorted(cut.glob("0-*"))[0])
    damaged = first.metrics_file.read_text().replace("0.", "0.9", 1)
    first.metrics_file.write_text(damaged)
    found = sweep(tmp_path, *arguments, vectorized=None)
    assert sorted(found.table["status"]) == ["done", "done", "failed"]
    assert "metrics.csv is damaged: it has changed since the run wrote it" in first.message()
    assert first.metrics_file.read_text() == damaged


def test_interrupted_sweep_continues(tmp_path, monkeypatch):
    arguments = ("optimizer.lr=0.01,0.1", "sweep.vectorized=true", "trainer.max_epochs=1,4")
    whole = sweep(tmp_path / "whole", *arguments, vectorized=None)
    cut = interrupted(tmp_path / "cut", arguments, monkeypatch, epochs=3)  # the first group has one epoch
    statuses = [RunDirectory(path).status() for path in sorted(cut.glob("[0-9]*"))]
    assert sorted(statuses) == ["done", "done", "interrupted", "interrupted"]
    found = sweep(tmp_path / "cut", *arguments, vectorized=None)
    assert found.directory == cut
    for mine, other in zip(runs(found), runs(whole), strict=True):
        assert mine.path.name == other.path.name
        close(mine.results(), other.results())
        close(read(mine.checkpoint("last"))["state_dict"], read(other.checkpoint("last"))["state_dict"])
        pd.testing.assert_frame_equal(*(pd.read_csv(run.metrics_file) for run in (mine, other)), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("overrides", "lines"),
    [
        (["model.hidden=[4],[5]"], ["2 groups, whose runs differ in model.hidden", "2 runs at once"]),
        (["model.dropout=0.5"], ["2 runs one by one: the network draws random numbers in training, such as dropout"]),
        (
            ["model.hidden=[100000]"],
            ["2 runs one by one: the network has 800003 parameters; above 100000 nothing is won"],
        ),
        (["callbacks=ema"], ["2 runs one by one: callbacks.ema"]),
        (["trainer.accumulate_grad_batches=2"], ["2 runs one by one: trainer.accumulate_grad_batches=2"]),
    ],
)
def test_what_is_trained_at_once(tmp_path, capsys, overrides, lines):
    found = sweep(tmp_path, *overrides, "trainer.max_epochs=1", seeds=2)
    assert found.status == "done"
    printed = [
        line.removeprefix("vectorized   ") for line in capsys.readouterr().out.splitlines() if "vectorized" in line
    ]
    assert printed == lines


@pytest.mark.parametrize(
    ("overrides", "reason"),
    [
        ([], None),
        (["model=perceptron"], "rule 'perceptron' takes no gradient of a loss"),
        (["model=softmax_regression", "task=newton"], "task 'newton' does not take one gradient step after another"),
        (["trainer.precision=bf16-mixed"], "trainer.precision=bf16-mixed"),
        (["logger=mlflow"], "logger.mlflow"),
    ],
)
def test_reasons_in_a_config(overrides, reason):
    assert why_alone(plain(compose(["data=iris", *(overrides or ["model=mlp"])]))) == reason


def test_folds_that_are_validated_after_every_third_epoch(tmp_path):
    settings = ("cv=2", "trainer.max_epochs=4", "trainer.check_val_every_n_epoch=3", "optimizer=adam")
    together, alone = (sweep(tmp_path / str(v), *settings, vectorized=v) for v in (True, False))
    for mine, theirs in zip(runs(together), runs(alone), strict=True):
        close(read(mine.checkpoint("last"))["state_dict"], read(theirs.checkpoint("last"))["state_dict"])
        close(mine.results(), theirs.results())


def test_targets_in_the_units_of_each_member(tmp_path):
    """Each run standardizes the targets with the mean and deviation of its own training rows."""
    x = np.random.default_rng(0).normal(size=(40, 3))
    frame = pd.DataFrame(x, columns=["a", "b", "c"]).assign(price=1000 + 300 * x[:, 0])
    together, alone = (
        sweep(
            tmp_path / str(v), "data=array", "trainer.max_epochs=1", data=frame, target="price", seeds=2, vectorized=v
        )
        for v in (True, False)
    )
    errors = set()
    for mine, theirs in zip(runs(together), runs(alone), strict=True):
        close(mine.results(), theirs.results())
        errors.add(mine.results()["test/last"]["mse"])
        pd.testing.assert_frame_equal(*(pd.read_csv(run.metrics_file) for run in (mine, theirs)), rtol=1e-4)
    assert len(errors) == 2


def test_losses_with_class_counts_of_their_own_make_groups(tmp_path, capsys):
    """The training sets of the folds have as many examples, but not as many of each class."""
    x = np.random.default_rng(0).normal(size=(15, 2))
    y = np.array([0] * 9 + [1] * 6)
    together, alone = (
        sweep(
            tmp_path / str(v),
            *("data=array", "cv=3", "class_weight=balanced", "trainer.max_epochs=1", "data.test=0.2"),
            data=(x, y),
            seeds=2,
            vectorized=v,
        )
        for v in (True, False)
    )
    assert "runs at once" in capsys.readouterr().out
    for mine, theirs in zip(runs(together), runs(alone), strict=True):
        close(read(mine.checkpoint("last"))["state_dict"], read(theirs.checkpoint("last"))["state_dict"])


def test_wrong_setting_fails_with_the_message_of_a_single_run(tmp_path):
    found = sweep(tmp_path, "trainer.max_epochs=1", "data.val=0.2,5", "optimizer.lr=0.1,0.2")
    failed = found.runs[found.runs["status"] == "failed"]
    assert len(failed) == 2
    assert all("val is 5" in message for message in failed["message"])


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["pruner=median"], "so that pruner has nothing to compare"),
        (["sweep=tpe"], "but TPESampler chooses each by the results of earlier ones; use sweep=random or sweep=grid"),
        (["sweep.workers=2"], "sweep.workers=2 has no effect with sweep.vectorized=true"),
    ],
)
def test_settings_that_contradict_it(tmp_path, overrides, message):
    with pytest.raises(UserError, match=message):
        sweep(tmp_path, *overrides, "optimizer.lr=0.1,0.2")


def test_the_end_of_each_member_is_reported_whole():
    ends = [
        Result(Path("a"), "interrupted", {"test": {"acc": 0.5}}, "stopped", signal.SIGTERM),
        Result(Path("b"), "done", {}, "", None),
    ]
    together = SimpleNamespace(train=lambda: iter([(1, ends[1]), (0, ends[0])]), alone={})
    (second, done), (first, stopped) = Vectorized.train(None, together, ["job 0", "job 1"], 0.0)
    assert (first, second) == ("job 0", "job 1")
    found = stopped.status, stopped.message, stopped.metrics, stopped.signal
    assert found == ("interrupted", "stopped", {"test": {"acc": 0.5}}, signal.SIGTERM)
    assert (done.status, done.message, done.metrics, done.signal) == ("done", "", {}, None)
    assert min(done.seconds, stopped.seconds) > 0
