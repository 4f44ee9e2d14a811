"""Runs that earlier versions made are used, resumed and repeated as they were."""

import json
import shutil
from pathlib import Path

import nnzoo
import pytest
from nnzoo import checkpoints, moved
from nnzoo.errors import UserError

RUNS = Path(__file__).parent / "fixtures" / "earlier_runs"
NAMES = sorted(path.name for path in RUNS.iterdir())


@pytest.fixture(params=NAMES)
def run(request, tmp_path):
    return Path(shutil.copytree(RUNS / request.param, tmp_path / request.param))


def test_a_run_is_evaluated_as_it_was(run):
    reported = json.loads((run / "results.json").read_text())["test/last"]
    assert nnzoo.evaluate(run)["test/last"] == pytest.approx(reported, rel=1e-5)


def test_a_run_is_resumed(run):
    done = nnzoo.resume(run, "trainer.max_epochs=3")
    assert done.directory == run
    assert checkpoints.read(run / "checkpoints" / "last.ckpt")["nnzoo"]["format"] == checkpoints.FORMAT


def test_a_run_is_repeated(run):
    repeated = nnzoo.rerun(run, f"output_dir={run.parent}")
    reported = json.loads((run / "results.json").read_text())["test/last"]
    assert repeated.metrics["test/last"] == pytest.approx(reported, rel=1e-4)


def test_a_later_format_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoints, "FORMAT", -1)
    with pytest.raises(UserError, match="has the format 0, this version reads up to -1; update nnzoo"):
        nnzoo.load(RUNS / NAMES[0])


def test_names_go_to_and_fro(monkeypatch):
    monkeypatch.setattr(moved, "MOVED", {"nnzoo.a.Old": "nnzoo.b.New"})
    monkeypatch.setattr(moved, "WAS", {"nnzoo.b.New": "nnzoo.a.Old"})
    config = {"model": {"_target_": "nnzoo.a.Old", "parts": [{"_target_": "nnzoo.c.Other"}]}, "seed": 0}
    now = moved.current(config)
    assert now == {"model": {"_target_": "nnzoo.b.New", "parts": [{"_target_": "nnzoo.c.Other"}]}, "seed": 0}
    assert moved.original(now) == config
