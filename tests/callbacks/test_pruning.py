"""The callback that reports a metric to a sweep and stops the run."""

from contextlib import nullcontext
from types import SimpleNamespace

import pytest
import torch
from nnzoo.callbacks.pruning import Pruned, Pruning
from nnzoo.config.compose import compose
from nnzoo.runs.directory import RunDirectory
from nnzoo.training.comparison import Comparison
from nnzoo.training.run import run
from nnzoo.training.saved import plain

SETTINGS = ["model=linear", "data=iris", "trainer.max_epochs=4", "trainer.threads=1", "~callbacks.figures"]


def trained(tmp_path, stop_at, *more, metric="val/acc"):
    reports = []

    def report(epoch, value):
        reports.append((epoch, value))
        return epoch == stop_at

    overrides = [*SETTINGS, f"output_dir={tmp_path}", *more]
    return run(plain(compose(overrides)), overrides, comparison=Comparison(metric, report)), reports


def test_run_is_stopped_and_not_evaluated(tmp_path):
    result, reports = trained(tmp_path, 2)
    assert (result.status, result.message, result.metrics) == ("pruned", "pruned after 2 epochs", {})
    assert [epoch for epoch, _ in reports] == [1, 2]
    assert RunDirectory(result.directory).status() == "pruned"


def test_last_epoch_is_not_pruned_and_all_splits_are_evaluated(tmp_path):
    result, reports = trained(tmp_path, 4)
    assert result.status == "done"
    assert len(result.metrics) == 6
    rows = RunDirectory(result.directory).metrics_file.read_text().splitlines()
    column = rows[0].split(",").index("val/acc")
    assert [value for _, value in reports] == [float(row.split(",")[column]) for row in rows[1:]]


def test_training_metric_without_a_validation_split(tmp_path):
    result, reports = trained(tmp_path, 3, "data.val=0", metric="train/acc")
    assert result.status == "pruned"
    assert [epoch for epoch, _ in reports] == [1, 2, 3]


def test_sanity_check_is_not_reported():
    callback = Pruning(metric="val/acc", report=lambda *_: True)
    callback.on_validation_end(SimpleNamespace(sanity_checking=True), None)
    trainer = SimpleNamespace(
        sanity_checking=False, current_epoch=0, max_epochs=5, callback_metrics={"val/acc": 0.5, "train/acc": 0.5}
    )
    callback.on_train_epoch_start(trainer, None)
    with pytest.raises(Pruned, match=r"pruned after 1 epoch$"):
        callback.on_validation_end(trainer, None)


@pytest.mark.parametrize(("epoch", "epochs", "stops"), [(1, 2, True), (2, 2, False), (3, -1, True)])
def test_nothing_is_left_to_prune_after_the_last_epoch(epoch, epochs, stops):
    reports = []
    callback = Pruning(metric="train/acc", report=lambda *given: reports.append(given) or True)
    trainer = SimpleNamespace(
        sanity_checking=False, current_epoch=epoch, max_epochs=epochs, callback_metrics={"train/acc": torch.tensor(0.5)}
    )
    callback.on_validation_end(trainer, None)
    with pytest.raises(Pruned, match=f"pruned after {epoch} epoch{'s' * (epoch > 1)}$") if stops else nullcontext():
        callback.on_train_epoch_start(trainer, None)
    trainer.callback_metrics = {}
    callback.on_train_epoch_start(trainer, None)  # before the first epoch
    assert reports == [(epoch, 0.5)]


def test_runs_that_are_not_poor_go_on():
    callback = Pruning(metric="val/acc", report=lambda *_: False)
    trainer = SimpleNamespace(sanity_checking=False, current_epoch=0, max_epochs=5, callback_metrics={"val/acc": 0.5})
    callback.on_validation_end(trainer, None)
