import time

import pytest
from nnzoo.errors import UserError
from nnzoo.runs.filters import Filter, select, sort_runs, to_text
from nnzoo.runs.index import load_runs

from tests.support.made_runs import NOW, made_config, made_run


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    root = tmp_path_factory.mktemp("outputs")
    made_run(root / "digits/one", made_config(lr=0.1), acc=0.9, time=NOW)
    made_run(root / "digits/two", made_config(lr=0.01, seed=3), acc=None, status="running", time=NOW + 3600)
    made_run(root / "three,four", made_config("linear", lr=1), acc=float("nan"), time=NOW + 7200)
    (root / "digits/one/tags.json").write_text('{"tags": ["good", "paper-1"]}')
    (root / "three,four/tags.json").write_text('{"tags": ["bad"]}')
    broken = made_run(root / "broken", time=NOW + 9000)
    (broken / "config.yaml").write_text("[")
    return list(load_runs(root).runs.values())


def names(runs):
    return {run.path.name for run in runs}


ALL = {"one", "two", "three,four", "broken"}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ([], ALL),
        (["model=mlp"], {"one", "two"}),
        (["model=l*"], {"three,four"}),
        (["model=linear,mlp"], {"one", "two", "three,four"}),
        (["model!=mlp"], {"three,four", "broken"}),
        (["optimizer=adam"], {"one", "two", "three,four"}),
        (["optimizer.lr<0.1"], {"two"}),
        (["optimizer.lr<=1e-1"], {"one", "two"}),
        (["optimizer.lr>0.01", "model=mlp"], {"one"}),
        (["optimizer.lr==.10"], {"one"}),
        (["optimizer.lr=1"], {"three,four"}),
        (["optimizer.lr=0.*"], {"one", "two"}),
        (["optimizer.lr=0.1,0.01"], {"one", "two"}),
        (["optimizer.lr!=0.1"], {"two", "three,four", "broken"}),
        (["optimizer.amsgrad=false"], {"one", "two", "three,four"}),
        (["optimizer.amsgrad=0"], set()),
        (["optimizer.amsgrad<1"], set()),
        (["scheduler=null"], {"one", "two", "three,four"}),
        (["scheduler>=0"], set()),
        (["model.hidden=[128]"], {"one", "two", "three,four"}),
        (["seed=3"], {"two"}),
        (["val/acc>=0.9"], {"one", "two", "three,four"}),  # without a config, the best epoch is unknown
        (["val/last/acc>=0.9"], set()),
        (["test/best/acc>0.5"], {"one", "broken"}),
        (["test/acc<=1"], {"one", "broken"}),  # not NaN
        (["test!=0.9"], {"two", "three,four", "broken"}),
        (["metric=acc"], ALL),
        (["epochs=2"], ALL),
        (["status=done"], {"one", "three,four"}),
        (["status=damaged"], {"broken"}),
        (["tag=good"], {"one"}),
        (["tag=paper-*"], {"one"}),
        (["tag=good,bad"], {"one", "three,four"}),
        (["tag!=good"], {"two", "three,four", "broken"}),
        (["name=t*"], {"two", "three,four"}),
        (["name=three,four"], {"three,four"}),
        (["name=one,two"], set()),  # names may contain commas
        (["run=digits/*"], {"one", "two"}),
        (["run=*/one"], {"one"}),
        (["model="], {"broken"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_filters(runs, filters, expected):
    assert names(select(runs, [Filter.parse(text) for text in filters])) == expected


def test_times_and_ages(runs, monkeypatch):
    def found(text):
        return names(select(runs, [Filter.parse(text)]))

    then = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(NOW + 3600))
    assert found(f"time<={then}") == {"one", "two"}
    assert found(f"time>{then}") == {"three,four", "broken"}
    assert found("time>2026-01-01") == ALL
    assert found(f"time={then}") == {"two"}
    assert found(f"time={then[:10]}*") >= {"two"}
    monkeypatch.setattr("nnzoo.runs.filters.time.time", lambda: NOW + 7200 + 3600)
    assert found("age<61m") == {"three,four", "broken"}
    assert found("age>=2h") == {"one", "two"}
    assert found("age<0.1w") == ALL
    assert found("age>1d") == set()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("optimizer.rl=1", "unknown setting or metric 'optimizer.rl'; did you mean 'optimizer.lr'?"),
        ("val/ac>1", "unknown setting or metric 'val/ac'; did you mean 'val/acc'?"),
        ("test/best/los<1", "unknown setting or metric 'test/best/los'; did you mean 'test/best/loss'?"),
        ("stauts=done", "unknown setting or metric 'stauts'; did you mean 'status'?"),
        ("lr<1", "unknown setting or metric 'lr'; did you mean 'optimizer.lr'?"),
        ("acc>0", "unknown setting or metric 'acc'; did you mean 'val/acc'?"),
        ("val>high", "val is compared with 'high'; it takes a number"),
        ("optimizer.lr<", "optimizer.lr is compared with ''; it takes a number"),
        ("time>yesterday", "time is compared with 'yesterday'; it takes a date such as 2026-01-31 or 2026-01-31T12:00"),
        ("age>3", "age is compared with '3'; it takes a duration such as 30m, 12h, 7d or 2w"),
        ("mlp", "'mlp' is no directory and no filter; a filter is KEY=VALUE or, in quotes, 'KEY<VALUE'"),
        ("=3", "'=3' is no directory and no filter; a filter is KEY=VALUE or, in quotes, 'KEY<VALUE'"),
    ],
)
def test_invalid_filters(runs, text, message):
    with pytest.raises(UserError) as caught:
        select(runs, [Filter.parse(text)])
    assert str(caught.value) == message


def test_without_runs_every_key_is_accepted():
    assert select([], [Filter.parse("what=ever")]) == []


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("time", ["one", "two", "three,four", "broken"]),
        ("-time", ["broken", "three,four", "two", "one"]),
        ("optimizer.lr", ["two", "one", "three,four", "broken"]),
        ("-optimizer.lr", ["three,four", "one", "two", "broken"]),  # runs without a value stay last
        ("name", ["broken", "one", "three,four", "two"]),
    ],
)
def test_order(runs, key, expected):
    assert [run.path.name for run in sort_runs(runs, key)] == expected


def test_missing_and_undefined_values_are_last(runs):
    for key in ("test", "-test"):
        found = [run.path.name for run in sort_runs(runs, key)]
        assert set(found[:2]) == {"one", "broken"}
        assert set(found[2:]) == {"two", "three,four"}
    with pytest.raises(UserError, match="unknown setting or metric 'tset'; did you mean 'test'"):
        sort_runs(runs, "-tset")


def test_values_as_text():
    assert to_text("optimizer.lr", 1e-8) == "1e-08"
    assert to_text("model.hidden", [120, 84]) == "[120,84]"
    assert to_text("trainer.precision", "32-true") == "32-true"
    assert to_text("scheduler", None) == "null"
    assert to_text("tags", ["a", "b"]) == "a,b"
