import math
import shlex
from pathlib import Path

import pytest
from nnzoo.cli.outcome import format_metrics, format_values, one_line_summary, summary
from nnzoo.formatting import format_number, format_table, sample_std
from nnzoo.training.result import Result


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.0, "3"),
        (0.123456, "0.1235"),
        (-0.00012345, "-0.0001234"),
        (1e-7, "1e-07"),
        (0.0, "0"),
        (123.456, "123.5"),
        (9999.4, "9999"),
        (9999.6, "10000"),
        (13380.4, "13380"),
        (13380.0, "13380"),
        (-1234567.8, "-1234568"),
        (12345678.9, "1.235e+07"),
        (12345678.0, "12345678"),
    ],
)
def test_format_number(value: float, text: str) -> None:
    assert format_number(value) == text


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_format_number_that_is_not_finite(value: float) -> None:
    assert format_number(value) == str(value)


def test_format_metrics_sorts_the_best_first() -> None:
    metrics = {"test/last": {"loss": 0.5, "errors": 3.0}, "val/best": {"loss": 1.0}, "test/best": {"loss": 0.25}}
    assert format_metrics(metrics) == "test/best    loss 0.25\ntest/last    loss 0.5  errors 3\nval/best     loss 1"
    assert format_values({"a": 1.0, "b": 0.5}) == "a 1  b 0.5"


def test_summary() -> None:
    done = Result(Path("o/digits/run"), "done", {"test/last": {"acc": 0.5}})
    assert summary(done) == "test/last    acc 0.5\nrun          o/digits/run\ndashboard    nnzoo board o/digits"
    assert one_line_summary(done) == "test/last acc 0.5"
    bad = Result(Path("o/digits/run"), "diverged", message="train/loss is nan")
    assert summary(bad).splitlines()[0] == one_line_summary(bad) == "diverged: train/loss is nan"
    assert one_line_summary(Result(Path("o"), "done")) == "done"


def test_summary_quotes_paths_for_the_shell() -> None:
    lines = summary(Result(Path("my runs/it's/run"), "done")).splitlines()
    assert [shlex.split(line) for line in lines] == [
        ["run", "my runs/it's/run"],
        ["dashboard", "nnzoo", "board", "my runs/it's"],
    ]


def test_sample_std() -> None:
    assert sample_std([1.0, 3.0]) == pytest.approx(2**0.5)
    assert math.isnan(sample_std([1.0, math.nan]))


def test_format_table() -> None:
    assert format_table([["name", "x"], ["a", "10"]]) == "name  x\na     10"
