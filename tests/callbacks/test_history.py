import os
from pathlib import Path

import pytest
import torch
from nnzoo.callbacks.history import History

from tests.support.runs import rows

from .conftest import Fit
from .small_tasks import PLANE, make_task


def test_metrics_of_an_epoch_share_a_row(tmp_path: Path) -> None:
    history = History(save_dir=str(tmp_path))
    for epoch in range(3):
        history.log_metrics({"val/loss": epoch + 0.5}, epoch)
        history.log_metrics({"train/loss": epoch + 0.25}, epoch)
    assert (tmp_path / "metrics.csv").read_text() == ("epoch,val/loss,train/loss\n0,0.5,0.25\n1,1.5,1.25\n2,2.5,2.25\n")
    assert os.listdir(tmp_path) == ["metrics.csv"]


def test_rows_are_written_at_once(tmp_path: Path) -> None:
    history = History(save_dir=str(tmp_path))
    for epoch in range(3):
        history.log_metrics({"val/loss": 0.1 * epoch}, epoch)
        assert [row["epoch"] for row in rows(tmp_path)] == [str(e) for e in range(epoch + 1)]


def test_numbers_are_exact(tmp_path: Path) -> None:
    History(save_dir=str(tmp_path)).log_metrics({"val/loss": 1 / 3}, 0)
    assert float(rows(tmp_path)[0]["val/loss"]) == 1 / 3


def test_new_column_and_shorter_value(tmp_path: Path) -> None:
    history = History(save_dir=str(tmp_path))
    history.log_metrics({"a": 0.123456789}, 0)
    history.log_metrics({"a": 0.123456789}, 1)
    history.log_metrics({"a": 1}, 1)
    assert (tmp_path / "metrics.csv").read_text() == "epoch,a\n0,0.123456789\n1,1\n"  # no remains of the longer value
    history.log_metrics({"a,b": 2}, 1)
    history.log_metrics({"a": 3}, 0)  # updates an older row
    assert rows(tmp_path) == [
        {"epoch": "0", "a": "3", "a,b": ""},
        {"epoch": "1", "a": "1", "a,b": "2"},
    ]


def test_rows_of_several_epochs_at_once(tmp_path: Path) -> None:
    history = History(save_dir=str(tmp_path))
    history.log_rows([({"val/loss": 0.5}, 1), ({"train/loss": 1}, 1), ({"val/loss": 0.25}, 2)])
    history.log_rows([({"train/loss": 2}, 2), ({"val/loss": 0.125}, 3), ({"train/loss": 3}, 3)])
    history.log_rows([({"train/loss": 4}, 4), ({"train/loss": 5}, 5)])
    expected = "epoch,val/loss,train/loss\n1,0.5,1\n2,0.25,2\n3,0.125,3\n4,,4\n5,,5\n"
    assert (tmp_path / "metrics.csv").read_text() == expected


def test_resume_has_neither_gaps_nor_duplicates(tmp_path: Path) -> None:
    history = History(save_dir=str(tmp_path))
    for epoch in range(1, 6):
        history.log_metrics({"train/loss": epoch, "val/loss": epoch}, epoch)
    with (tmp_path / "metrics.csv").open("a") as file:
        file.write("6,0.1")  # the process was killed while it wrote a row
    resumed = History(save_dir=str(tmp_path), from_epoch=3)
    for epoch in range(4, 8):
        resumed.log_metrics({"train/loss": 10 * epoch}, epoch)
    assert [tuple(row.values()) for row in rows(tmp_path)] == [
        ("1", "1", "1"),
        ("2", "2", "2"),
        ("3", "3", "3"),
        ("4", "40", ""),
        ("5", "50", ""),
        ("6", "60", ""),
        ("7", "70", ""),
    ]


def test_epochs_of_earlier_versions_are_renumbered(tmp_path: Path) -> None:
    """Earlier versions counted from 0."""
    (tmp_path / "metrics.csv").write_text("epoch,train/loss\n0,0.5\n1,0.25\n2,0.125\n")
    History(save_dir=str(tmp_path), from_epoch=2).log_metrics({"train/loss": 0.2}, 3)
    assert [tuple(row.values()) for row in rows(tmp_path)] == [("1", "0.5"), ("2", "0.25"), ("3", "0.2")]


def test_reopening_without_resuming_keeps_all_rows(tmp_path: Path) -> None:
    History(save_dir=str(tmp_path)).log_metrics({"train/loss": 1}, 1)
    History(save_dir=str(tmp_path)).log_metrics({"test/acc": 0.9}, 1)
    assert rows(tmp_path) == [{"epoch": "1", "train/loss": "1", "test/acc": "0.9"}]


def test_epoch_is_required(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="epoch"):
        History(save_dir=str(tmp_path)).log_metrics({"a": 1})


def test_appends_instead_of_rewriting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rewritten = []
    rewrite = History._rewrite
    monkeypatch.setattr(History, "_rewrite", lambda self: (rewritten.append(1), rewrite(self)))
    history = History(save_dir=str(tmp_path))
    for epoch in range(200):
        history.log_metrics({"val/loss": epoch}, epoch)
        history.log_metrics({"train/loss": epoch}, epoch)
    assert len(rewritten) == 2  # once for each new name
    assert len(rows(tmp_path)) == 200


def test_in_a_run(tmp_path: Path, fit: Fit) -> None:
    history = History(save_dir=str(tmp_path))
    fit(make_task(PLANE, torch.nn.Linear(2, 3)), [], loggers=[history])
    found = rows(tmp_path)
    assert [row["epoch"] for row in found] == ["1", "2", "3"]
    assert all(row["train/loss"] and row["val/acc"] for row in found)


def test_what_lightning_asks_for(tmp_path: Path) -> None:
    history = History(save_dir=str(tmp_path))
    assert (history.name, history.version, history.save_dir) == ("history", "", str(tmp_path))


def test_rows_in_any_order_are_sorted(tmp_path: Path) -> None:
    history = History(save_dir=str(tmp_path))
    history.log_rows([({"a": 1}, 2), ({"a": 2}, 1)])
    history.log_rows([({"a": 3}, 4), ({"a": 4}, 3)])
    history.log_rows([({"a": 5}, 3)])  # an older row
    history.log_rows([({"a": 6}, 4), ({"a": 7}, 5)])
    assert (tmp_path / "metrics.csv").read_text() == "epoch,a\n1,2\n2,1\n3,5\n4,6\n5,7\n"


def test_what_another_run_left_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "metrics.csv"
    for before, after in (
        ("", "epoch,b\n2,1\n"),
        ("epoch,a", "epoch,b\n2,1\n"),  # without a line break, an incomplete line
        ('epoch,"a,b",c\n1,,2\n1.0,5,\n', 'epoch,"a,b",c,b\n1,5,,\n2,,,1\n'),
    ):
        file.write_text(before)
        History(save_dir=str(tmp_path)).log_metrics({"b": 1}, 2)
        assert file.read_text() == after
