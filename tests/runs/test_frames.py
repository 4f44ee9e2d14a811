import math

import nnzoo
import pandas as pd
import pytest
from nnzoo.errors import UserError

from tests.support.made_runs import made_config, made_run
from tests.support.processes import python


@pytest.fixture
def root(tmp_path):
    made_run(tmp_path / "digits/a", made_config(lr=0.1), acc=0.9, time=100)
    made_run(tmp_path / "digits/b", made_config(lr=0.2), acc=None, status="failed", time=200)
    made_run(tmp_path / "c", made_config("linear", lr=0.3), acc=0.8, time=300)
    (tmp_path / "c" / "tags.json").write_text('{"tags": ["good"]}')
    return tmp_path


def test_frame(root):
    frame = nnzoo.list_runs(output_dir=root)
    assert list(frame["run"]) == ["c", "digits/b", "digits/a"]
    assert list(frame["optimizer.lr"]) == [0.3, 0.2, 0.1]
    assert list(frame["model"]) == ["linear", "mlp", "mlp"]
    assert frame["test/best/acc"].dtype == float
    assert frame["test"].max() == 0.9
    assert math.isnan(frame["test/best/acc"][1])
    assert frame["time"][2] == pd.Timestamp.fromtimestamp(100)
    assert frame["path"][0] == str(root / "c")
    assert list(frame["tags"]) == [["good"], [], []]
    assert frame["scheduler"].isna().all()
    assert frame.columns.is_unique


def test_filters_order_limit_and_columns(root):
    frame = nnzoo.list_runs("model=mlp", "optimizer.lr>=0.1", output_dir=str(root), sort="optimizer.lr", limit=1)
    assert list(frame["run"]) == ["digits/a"]
    frame = nnzoo.list_runs("tag!=good", output_dir=root, columns=["val/acc", "optimizer.lr"])
    assert list(frame.columns) == ["run", "path", "val/acc", "optimizer.lr"]
    assert list(frame["val/acc"]) == [0.9, 0.9]


def test_empty_frames(root, tmp_path):
    frame = nnzoo.list_runs("model=mlp", "status=diverged", output_dir=root, columns=["val"])
    assert list(frame.columns) == ["run", "path", "val"]
    assert frame.empty
    (tmp_path / "empty").mkdir()
    assert list(nnzoo.list_runs(output_dir=tmp_path / "empty").columns)[:3] == ["run", "path", "status"]


@pytest.mark.parametrize(
    ("filters", "given", "message"),
    [
        (["modle=mlp"], {}, "unknown setting or metric 'modle'; did you mean 'model'?"),
        ([], {"columns": ["val/ac"]}, "unknown setting or metric 'val/ac'; did you mean 'val/acc'?"),
        ([], {"sort": "-vla"}, "unknown setting or metric 'vla'; did you mean 'val'?"),
        ([], {"limit": -1}, "limit is -1; it must be at least 1"),
    ],
)
def test_wrong_arguments(root, filters, given, message):
    with pytest.raises(UserError) as caught:
        nnzoo.list_runs(*filters, output_dir=root, **given)
    assert str(caught.value) == message


def test_no_torch(root):
    code = "import sys, nnzoo; print(len(nnzoo.list_runs(output_dir=sys.argv[1])), 'torch' in sys.modules)"
    assert python("-W", "error", "-c", code, str(root), check=True).stdout == "3 False\n"
