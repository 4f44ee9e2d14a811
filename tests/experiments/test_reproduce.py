import json
from types import SimpleNamespace

import nnzoo.api
import pytest
from nnzoo.cli import main
from nnzoo.experiments.reproduce import result_file

NAME = "mmds/consecutive_ones_mlp"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def stub(monkeypatch, outcomes):
    """Let runs end as told, without training."""
    calls = []

    def train(*overrides):
        calls.append(overrides)
        outcome = outcomes[len(calls) - 1]
        if isinstance(outcome, BaseException):
            raise outcome
        directory = SimpleNamespace(**{"__truediv__": None})
        return outcome or directory

    monkeypatch.setattr(nnzoo.api, "train", train)
    return calls


def result(tmp_path, errors=0.0, status="done", signal=None):
    (tmp_path / "env.json").write_text(json.dumps({"torch": "1", "threads": 2, "command": ["x"], "platform": "p"}))
    metrics = {"test/last": {"errors": errors}} if status == "done" else {}
    return nnzoo.train.__globals__["Result"](tmp_path, status, metrics, "why", signal)


def test_a_real_one(capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["reproduce", NAME, "seeds=2"])
    assert exit_.value.code == 0
    written = json.loads(result_file(NAME).read_text())
    assert written["verdict"] == "reproduced"
    assert [run["seed"] for run in written["runs"]] == [0, 1]
    assert written["measures"][0]["values"] == [0.0, 0.0]
    assert set(written["runs"][0]["metrics"]) >= {"train/last", "test/last"}
    assert {"commit", "torch", "threads"} <= set(written["environment"])
    out = capsys.readouterr().out
    assert out.count(f"{NAME} seed ") == 2
    assert f"{NAME}: reproduced; " in out
