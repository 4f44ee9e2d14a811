"""Runs of earlier versions can be evaluated, resumed and rerun with the same results."""

import json
import shutil
from pathlib import Path

import nnzoo
import pytest
from nnzoo.config import moved
from nnzoo.config.compose import compose
from nnzoo.config.moved import without
from nnzoo.errors import DataWarning, UserError
from nnzoo.runs import checkpoint
from nnzoo.training.saved import plain

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


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (["task=tagging", "data=conll2000"], ["head=tagging", "~task", "data=conll2000"]),
        (["model=esn", "task=regression", "data=sines"], ["model=esn", "head=regression", "~task", "data=sines"]),
        (
            ["model=mlp", "task=activation_penalty", "task.penalty=0.2", "task.norm=l2", "task.layers=layers.1"],
            [
                "model=mlp",
                "penalties=activation",
                "penalties.activation.weight=0.2",
                "penalties.activation.norm=l2",
                "penalties.activation.layers=layers.1",
            ],
        ),
    ],
)
def test_overrides_of_earlier_versions(old, new):
    with pytest.warns(DataWarning, match="^task=.* is now (head|penalties)="):
        found = plain(compose(old))
    expected = plain(compose(new))
    assert without(found, "choices") == without(expected, "choices")


def test_overrides_of_earlier_versions_cannot_be_swept():
    with pytest.raises(UserError, match="task=classification is now head=classification ~task; sweep over head= and"):
        moved.current_overrides(["task=classification,ridge"])
    with pytest.warns(DataWarning, match="^task=tagging is now"):
        assert moved.current_overrides(["++task=tagging"]) == ["head=tagging", "~task"]


@pytest.mark.parametrize(
    ("config", "was"),
    [
        ({"head": None, "task": None, "penalties": {}}, {"task": None}),
        (
            {"head": {"_target_": "nnzoo.tasks.heads.tagging.Tagging"}, "task": None, "penalties": {}},
            {"task": {"_target_": "nnzoo.tasks.tagging.Tagging"}},
        ),
    ],
)
def test_original_config_has_head_as_task(config, was):
    """Stored results do not become stale because a setting has been renamed."""
    assert moved.original_config({**config, "transforms": {}}) == was
    assert moved.current_config({"head": None, "penalties": {}, **was}) == config


def test_original_config_omits_default_values_of_later_settings():
    first = {"_target_": "nnzoo.models.recurrent.esn.ESN", "hidden": 50}
    assert moved.original_config({"model": {**first, "layers": 1, "start": "zero"}, "seed": 0}) == {
        "model": first,
        "seed": 0,
    }
    deep = {**first, "layers": 2}
    assert moved.original_config({"model": deep}) == {"model": deep}


def test_moved_modules_are_mapped_in_both_directions(monkeypatch):
    monkeypatch.setattr(moved, "MOVED", {"nnzoo.a": "nnzoo.b.c"})
    config = {"model": {"_target_": "nnzoo.a.Old", "parts": [{"_target_": "nnzoo.c.Other"}]}, "seed": 0}
    now = moved.current_config(config)
    assert now == {"model": {"_target_": "nnzoo.b.c.Old", "parts": [{"_target_": "nnzoo.c.Other"}]}, "seed": 0}
    assert moved.original_config(now) == config


def test_loader_settings_of_earlier_configs():
    digits = {"_target_": "nnzoo.data.digits.Digits", "batch_size": 8}
    first = {"data": digits, "trainer": {"max_epochs": 3, "buckets": True}}
    now = moved.current_config(first)
    assert now == {
        "data": {"_target_": "nnzoo.data.images.digits.Digits"},
        "trainer": {"max_epochs": 3},
        "loader": {"batch_size": 8, "buckets": True},
    }
    assert moved.original_config(now) == first
    own = {"data": {"_target_": "mine.Data", "batch_size": 8}}
    assert moved.current_config(own) == own
    both = {"data": digits, "loader": {"batch_size": 4, "buckets": False}}
    assert moved.current_config(both)["loader"]["batch_size"] == 4


def test_loader_settings_of_earlier_overrides():
    with pytest.warns(DataWarning) as notes:
        lines = moved.current_overrides(["data=iris", "data.batch_size=1,2", "+trainer.buckets=true"])
    assert lines == ["data=iris", "loader.batch_size=1,2", "loader.buckets=true"]
    assert [str(each.message) for each in notes] == [
        "data.batch_size is now loader.batch_size",
        "trainer.buckets is now loader.buckets",
    ]


def test_order_of_transforms_is_part_of_the_original():
    one, other = {"shift": {"pixels": 1}, "whiten": {}}, {"whiten": {}, "shift": {"pixels": 1}}
    assert one == other
    assert moved.original_config({"transforms": one}) != moved.original_config({"transforms": other})
    assert moved.original_config({"transforms": {}}) == {}
