"""The walk over all networks and data sets: what it takes for success, and that it follows advice."""

import json
import sys

import pytest

from tests.support.paths import ROOT
from tests.support.processes import python


@pytest.fixture(scope="module")
def walk():
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        import walk
    finally:
        sys.path.pop(0)
    return walk


def test_a_pair_that_trains(walk):
    found = walk.examine("linear", "xor")
    assert (found["outcome"], walk.good(found)) == ("done", True)


def test_advice_is_followed(walk):
    found = walk.examine("pca", "stairs")
    assert found["message"].endswith("; the data has 1 inputs, which have no more components: use model.code=1")
    assert (found["added"], found["then"], walk.good(found)) == (["model.code=1"], "done", True)


def test_advice_that_does_not_help_is_no_success(walk, monkeypatch):
    refused = {"outcome": "refused", "message": "use model.hidden=3", "seconds": 0.0}
    monkeypatch.setattr(walk, "try_pair", lambda overrides: dict(refused))
    found = walk.examine("linear", "xor")
    assert (found["added"], found["then"], walk.good(found)) == (["model.hidden=3"], "refused", False)
    monkeypatch.setattr(walk, "try_pair", lambda overrides: {**refused, "message": "no"})
    assert not walk.good(walk.examine("linear", "xor"))


@pytest.mark.slow
def test_a_walk_continues_where_it_stopped(tmp_path):
    file = tmp_path / "walk.jsonl"
    known = {"model": "linear", "data": "xor", "outcome": "fault", "message": "from before"}
    file.write_text(json.dumps(known) + "\n")
    done = python("-W", "ignore", str(ROOT / "benchmarks" / "walk.py"), str(file), "xor", cwd=tmp_path)
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert lines[0] == known
    assert len(lines) > 5
    assert all(found["outcome"] == "done" or found.get("then") == "done" for found in lines[1:])
    assert done.returncode == 1
    assert "model=linear data=xor: fault: from before" in done.stdout
