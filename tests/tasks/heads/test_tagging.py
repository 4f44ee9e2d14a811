"""Tagging of a few sentences from files, by one command."""

from dataclasses import replace
from pathlib import Path

import pytest
from nnzoo import api
from nnzoo.builders.data import build_data
from nnzoo.builders.tasks import build_task
from nnzoo.config.compose import compose
from nnzoo.errors import UserError
from nnzoo.tasks.heads import Classification, Tagging

from tests.support.files import write_conll2000

SENTENCES = "The DT B-NP\ncat NN I-NP\nran VBD B-VP\n\nIt PRP B-NP\ngave VBD B-VP\nin RP B-PRT\n. . O\n\n"
SMALL = (
    "data=conll2000",
    "data.val=0.5",
    "model=rnn",
    "model.hidden=8",
    "trainer.threads=1",
    "trainer.accelerator=cpu",
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_conll2000(tmp_path, SENTENCES * 8, SENTENCES)


def test_run_reports_span_metrics(root: Path) -> None:
    run = api.train(*SMALL, "trainer.max_epochs=15", f"data.root={root}", "optimizer.lr=0.05", output_dir=root)
    assert run.status == "done"
    assert run.metrics["test/last"] | {"loss": 0} == {
        "loss": 0,
        "f1": 1,
        "precision": 1,
        "recall": 1,
        "acc": 1,
        "errors": 0,
    }
    assert {path.stem for path in (run.directory / "figures").glob("*.png")} >= {"confusion", "activations"}
    assert api.evaluate(run.directory)["test/last"] == run.metrics["test/last"]


def test_data_selects_the_head(root: Path) -> None:
    config = api.plain(compose([*SMALL, f"data.root={root}"]))
    task = build_task(config, build_data(config))
    assert isinstance(task.head, Tagging)
    assert task.primary == ("val/f1", "max")
    assert task.metric_names("val") == [f"val/{m}" for m in ("loss", "f1", "precision", "recall", "acc", "errors")]
    config = api.plain(compose([*SMALL, f"data.root={root}", "head=classification"]))
    assert type(build_task(config, build_data(config)).head) is Classification


@pytest.mark.parametrize(
    ("data", "message"),
    [("digits", "takes a named tag for every step"), ("latch", "takes a named tag for every step")],
)
def test_data_without_tags_is_refused(data: str, message: str) -> None:
    config = api.plain(compose([f"data={data}", "model=rnn", "head=tagging"]))
    with pytest.raises(UserError, match=message):
        build_task(config, build_data(config))


def test_labels_that_are_not_tags_are_refused(root: Path) -> None:
    (root / "text" / "conll2000" / "train.txt").write_text("a DT B-NP\nb NN I-NP\n\na b B-NP\n")
    config = api.plain(compose([*SMALL, f"data.root={root}"]))
    data = build_data(config)
    data.spec = replace(data.spec, labels=("verb", *data.spec.labels[1:]))
    with pytest.raises(UserError, match="head 'tagging': 'verb' is not a span tag"):
        build_task(config, data)
