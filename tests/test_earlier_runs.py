"""Runs of earlier versions can be evaluated, resumed and rerun with the same results."""

import json
import shutil
from pathlib import Path

import nnzoo
import pytest
from nnzoo.errors import UserError
from nnzoo.runs import checkpoint

RUNS = Path(__file__).parent / "fixtures" / "earlier_runs"
NAMES = sorted(path.name for path in RUNS.iterdir())


@pytest.fixture(params=NAMES)
def run(request, tmp_path):
    return Path(shutil.copytree(RUNS / request.param, tmp_path / request.param))


def test_evaluate_gives_the_metrics_of_the_earlier_version(run):
    reported = json.loads((run / "results.json").read_text())["test/last"]
    assert nnzoo.evaluate(run)["test/last"] == pytest.approx(reported, rel=1e-5)


def test_resume(run):
    done = nnzoo.resume(run, "trainer.max_epochs=3")
    assert done.directory == run
    assert checkpoint.read(run / "checkpoints" / "last.ckpt")["nnzoo"]["format"] == checkpoint.FORMAT


def test_rerun_gives_the_metrics_of_the_earlier_version(run):
    rerun = nnzoo.rerun(run)
    reported = json.loads((run / "results.json").read_text())["test/last"]
    assert rerun.metrics["test/last"] == pytest.approx(reported, rel=1e-4)


def test_checkpoint_of_a_later_format_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "FORMAT", -1)
    with pytest.raises(UserError, match="has the format 0, this version reads up to -1; update nnzoo"):
        nnzoo.load(RUNS / NAMES[0])
