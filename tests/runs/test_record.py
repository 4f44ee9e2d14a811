import json
import math

import pytest
from nnzoo.reports.facts import read_facts
from nnzoo.runs.history import read_history
from nnzoo.runs.record import MODES, best_row, flatten, lookup, read_record
from nnzoo.tasks.metrics.base import Metrics

from tests.support.made_runs import CONFIG, NOW, made_config, made_run
from tests.support.runs import train


def subclasses(kind):
    return [kind, *(sub for direct in kind.__subclasses__() for sub in subclasses(direct))]


def test_modes_are_those_of_the_metrics():
    import nnzoo.tasks.heads  # noqa: F401 (defines the metrics)

    modes = {"loss": "min"}
    for kind in subclasses(Metrics)[1:]:
        if kind.__module__.startswith("nnzoo."):
            modes |= kind.modes
    assert modes == MODES


def test_summary(tmp_path):
    summary, details = read_record(made_run(tmp_path / "a", status="done", message="stopped early"))
    assert summary.status == "done"
    assert summary.message == "stopped early"
    assert summary.time == NOW
    assert (summary.model, summary.data, summary.metric) == ("mlp", "digits", "acc")
    assert (summary.val, summary.test, summary.epochs, summary.tags) == (0.9, 0.95, 2, [])
    assert details.metrics["val/best/loss"] == 0.5  # of the first epoch, which has the best accuracy
    assert details.metrics["val/last/loss"] == 0.7
    assert details.metrics["train/last/acc"] == 0.9
    assert details.metrics["test/last/acc"] == 0.5


def test_settings_and_choices_by_key(tmp_path):
    trial = {"number": 3, "params": {"optimizer.lr": 0.01}}
    config = read_record(made_run(tmp_path / "a", made_config(lr=0.01, trial=trial)))[1].config
    assert config["optimizer.lr"] == 0.01
    assert config["optimizer"] == "adam"
    assert config["model"] == "mlp"
    assert config["model.hidden"] == [128]
    assert config["scheduler"] is None
    assert config["trial.number"] == 3
    assert not [key for key in config if key.startswith(("choices", "trial.params"))]


def test_class_names_replace_missing_choices(tmp_path):
    summary, _ = read_record(made_run(tmp_path / "a", made_config(choices={})))
    assert (summary.model, summary.data) == ("MLP", "Digits")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("1,3,0.8\n2,2,0.9\n3,1,0.9\n4,1,0.9\n", 3),  # a tie: the lower loss, then the earlier epoch
        ("1,1,nan\n2,2,0.5\n", 2),
        ("1,1,\n2,2,0.5\n3,3,\n", 2),  # epochs without validation
        ("1,1,0.1\n2,2,0.5\n3,3,0.9", 2),  # the last line is incomplete
    ],
)
def test_best_epoch(tmp_path, rows, expected):
    run = made_run(tmp_path / "a", history=f"epoch,val/loss,val/acc\n{rows}", acc=None)
    row = best_row(read_history(run / "metrics.csv"), flatten(CONFIG))
    assert row["epoch"] == expected
    assert read_record(run)[1].metrics["val/best/acc"] == row["val/acc"]


def test_metric_without_a_history(tmp_path):
    run = made_run(tmp_path / "a", history="")  # logger=none
    assert read_record(run)[0].metric == "acc"
    assert read_facts(run).primary == "acc"


def test_listings_and_reports_have_the_same_metric(tmp_path):
    config = made_config(callbacks={"best": {"monitor": "val/loss", "mode": "min"}})
    run = made_run(tmp_path / "a", config, status="failed", acc=None)  # without best.ckpt
    assert read_record(run)[0].metric == read_facts(run).primary == "loss"


def test_epochs_of_earlier_versions_count_from_one(tmp_path):
    run = made_run(tmp_path / "a", history="epoch,val/loss\n0,0.5\n1,0.4\n")
    assert read_record(run)[0].epochs == 2
    assert [row["epoch"] for row in read_history(run / "metrics.csv")] == [1, 2]
    assert read_facts(run).history == {"val/loss": {1: 0.5, 2: 0.4}}


def test_monitor_of_the_best_weights(tmp_path):
    def best(monitor, mode):
        config = made_config(callbacks={"best": {"monitor": monitor, "mode": mode}})
        return read_record(made_run(tmp_path / f"{monitor.replace('/', '_')}-{mode}", config))

    summary, details = best("val/loss", "auto")
    assert (summary.metric, summary.val, details.metrics["val/best/acc"]) == ("loss", 0.5, 0.9)
    summary, details = best("train/loss", "auto")
    assert (summary.metric, summary.val, details.metrics["val/best/acc"]) == ("loss", 0.7, 0.8)
    assert best("val/acc", "min")[0].val == 0.8
    assert best("val/mine", "auto")[0].val is None


def test_without_best_weights_the_last_count(tmp_path):
    for name, config in (("none", made_config(callbacks={})), ("odd", made_config(callbacks=None))):
        summary, details = read_record(made_run(tmp_path / name, config))
        assert (summary.metric, summary.val) == ("acc", 0.8)
        assert "val/best/acc" not in details.metrics


def test_without_validation(tmp_path):
    history = "epoch,train/loss,train/acc\n1,0.6,0.7\n"
    summary, details = read_record(made_run(tmp_path / "a", history=history))
    assert (summary.metric, summary.val, summary.test) == ("acc", None, 0.95)
    assert not [key for key in details.metrics if "train/best" in key]


def test_results_replace_the_history(tmp_path):
    run = made_run(tmp_path / "a")
    (run / "results.json").write_text(json.dumps({"val/best": {"acc": 0.91}, "test/best": {"acc": None}}))
    summary, _ = read_record(run)
    assert summary.val == 0.91
    assert math.isnan(summary.test)


def test_epochs_that_count_from_zero(tmp_path):
    history = "epoch,val/loss\n0,1\n1,2\n"
    assert read_record(made_run(tmp_path / "a", history=history))[0].epochs == 2


def test_history_gives_the_validation_metrics_of_the_best_weights(tmp_path):
    run = train(tmp_path, "evaluate=[val]", "trainer.max_epochs=4", "optimizer.lr=0.05").directory
    measured = read_record(run)[1].metrics
    (run / "results.json").unlink()
    from_history = read_record(run)[1].metrics
    names = [key for key in measured if key.startswith("val/")]
    assert len(names) == 6
    for key in names:
        assert from_history[key] == pytest.approx(measured[key]), key


BROKEN = [
    ("config.yaml", b"a: [1", "config.yaml cannot be read: "),
    ("config.yaml", b"\xff\xfe\x00", "config.yaml cannot be read: 'utf-8' codec can't decode"),
    ("config.yaml", b"- 1\n", "config.yaml is not the config of a run"),
    ("config.yaml", b"a: &a {b: *a}\n", "config.yaml cannot be read: the value &a contains itself"),
    ("config.yaml", b"[" * 100_000, "config.yaml cannot be read: "),
    ("config.yaml", None, "is not a run directory (no config.yaml)"),
    ("status.json", b'{"sta', "status.json cannot be read: "),
    ("status.json", b"[" * 100_000, "status.json cannot be read: "),
    ("status.json", b"[]", "status.json is damaged: it is not a JSON object"),
    ("status.json", b"{}", "status.json has no status"),
    ("status.json", None, "status.json is missing"),
    ("results.json", b"", "results.json cannot be read: "),
    ("results.json", b'{"test/best": 3}', "results.json has no metrics in test/best"),
    ("results.json", b'{"test/best": {"acc": "high"}}', "results.json has no metrics in test/best"),
    ("tags.json", b'{"tags": 3}', "tags.json has no list of tags"),
    ("metrics.csv", b"epoch,val/loss\n1,low\n2,", "metrics.csv cannot be read: "),
    ("metrics.csv", b"epoch,val/loss\n1,2,3\n2,", "metrics.csv cannot be read: "),
    ("metrics.csv", b"loss\n1\n2\n", "metrics.csv has a row without an epoch"),
]


@pytest.mark.parametrize(("file", "content", "message"), BROKEN, ids=[f"{f}: {m}" for f, _, m in BROKEN])
def test_damaged_files(tmp_path, file, content, message):
    run = made_run(tmp_path / "a")
    if content is None:
        (run / file).unlink()
    else:
        (run / file).write_bytes(content)
    summary, _ = read_record(run)
    assert summary.status == "damaged"
    assert message in summary.message
    assert "\n" not in summary.message
    assert summary.time > 0


def test_run_of_a_sweep_that_failed_before_it_had_a_config(tmp_path):
    run = made_run(tmp_path / "0-failed", status="failed", message="why", history="", acc=None)
    (run / "config.yaml").unlink()
    summary, _ = read_record(run)
    assert (summary.status, summary.message, summary.model, summary.val) == ("failed", "why", "", None)


def test_dates_and_names_that_are_not_text(tmp_path):
    run = made_run(tmp_path / "a")
    (run / "config.yaml").write_text("started: 2026-01-31\n1: {2: x}\nchoices: {3: null}\n")
    summary, details = read_record(run)
    assert summary.status == "done"
    assert details.config["1.2"] == "x"
    assert "3" in details.config


def test_metric_without_a_checkpoint():
    metrics = {"val/best/acc": 1.0, "val/last/acc": 2.0, "val/last/loss": 3.0}
    assert lookup(metrics, "val/acc") == 1.0
    assert lookup(metrics, "val/loss") == 3.0
    assert lookup(metrics, "val/last/acc") == 2.0
    assert lookup(metrics, "val/mse") is None
    assert lookup(metrics, "acc") is None
