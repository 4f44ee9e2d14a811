from pathlib import Path

import pytest
from nnzoo.run import Result
from nnzoo.summary import figures, line, number, one_line, summary, table


@pytest.mark.parametrize(
    ("value", "text"), [(3.0, "3"), (0.123456, "0.1235"), (1e-7, "1e-07"), (0.0, "0"), (12345.6, "1.235e+04")]
)
def test_number(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_numbers_that_are_none(value: float) -> None:
    assert number(value) == str(value)


def test_figures_best_first() -> None:
    metrics = {"test/last": {"loss": 0.5, "errors": 3.0}, "val/best": {"loss": 1.0}, "test/best": {"loss": 0.25}}
    assert figures(metrics) == "test/best    loss 0.25\ntest/last    loss 0.5  errors 3\nval/best     loss 1"
    assert line({"a": 1.0, "b": 0.5}) == "a 1  b 0.5"


def test_summary_says_how_it_ended_and_where_to_look() -> None:
    done = Result(Path("o/digits/run"), "done", {"test/last": {"acc": 0.5}})
    assert (
        summary(done) == "test/last    acc 0.5\nrun          o/digits/run\ndashboard    tensorboard --logdir o/digits"
    )
    assert one_line(done) == "test/last acc 0.5"
    bad = Result(Path("o/digits/run"), "diverged", message="train/loss is nan")
    assert summary(bad).splitlines()[0] == one_line(bad) == "diverged: train/loss is nan"
    assert one_line(Result(Path("o"), "done")) == "done"


def test_table() -> None:
    assert table([["name", "x"], ["a", "10"]]) == "name  x\na     10"
