"""Memory and time of closed forms, before they are computed."""

from collections.abc import Callable
from pathlib import Path

import pytest
from nnzoo import api
from nnzoo.builders.data import build_data
from nnzoo.builders.tasks import build_task
from nnzoo.config.compose import compose
from nnzoo.errors import DataWarning, UserError
from nnzoo.runs import memory
from nnzoo.tasks.learners import cost
from nnzoo.tasks.learners.cost import check_cost
from nnzoo.training.saved import plain


def test_too_large_and_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: 20e9)
    with pytest.raises(
        UserError, match=r"^the closed form for 50000 inputs takes about 80 GB of memory, but 20 GB are"
    ):
        check_cost(50000, values=4 * 50000**2, operations=0)
    check_cost(1000, values=4 * 1000**2, operations=1e11)  # silent: 5 s
    with pytest.warns(
        DataWarning, match=r"^the closed form for 1000 inputs takes about 5 min; a network that learns by"
    ):
        check_cost(1000, values=4 * 1000**2, operations=6e12)


@pytest.mark.parametrize(
    ("model", "operations"),  # of sums over N rows of products of 4 inputs and 3 classes, and of the solution
    [
        ("ridge", lambda rows: 2 * rows * 4 * (4 + 3) + 4**3),
        ("fisher", lambda rows: 2 * rows * 4 * (4 + 3) + 10 * 4**3),  # all eigenvalues
        ("pca", lambda rows: 2 * rows * 4**2 + 10 * 4**3),
        ("logistic_regression task=newton", lambda rows: 3 * (2 * rows * 4**2 + 4**3)),  # a Hessian for each class
    ],
)
def test_time(model: str, operations: Callable[[int], int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "OPERATIONS", 1.0)
    monkeypatch.setattr(cost, "duration", lambda seconds: f"{seconds:.0f} seconds")
    config = plain(compose([f"model={model.split()[0]}", *model.split()[1:], "data=iris"]))
    data = build_data(config)
    task, rows = build_task(config, data), len(data.splits["train"])
    message = f"^the closed form for 4 inputs takes about {operations(rows)} seconds; a network"
    with pytest.warns(DataWarning, match=message):
        task.check_cost(rows)
    monkeypatch.setattr(cost, "LONG", float(operations(rows)))
    task.check_cost(rows)  # silent


@pytest.mark.parametrize(
    ("model", "gigabytes"),  # of 100 times as many inputs as iris has: products of 400 inputs, for 3 classes
    [
        ("ridge", 8 * (4 * 400**2 + 3 * 400 * 3)),
        ("fisher", 8 * (4 * 400**2 + 3 * 400 * 3)),
        ("pca", 8 * 4 * 400**2),
        ("logistic_regression task=newton", 8 * 3 * 3 * 400**2),
    ],
)
def test_a_run_is_refused_before_it_has_a_directory(
    model: str, gigabytes: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "GIGABYTE", 1.0)  # so that all digits are in the message
    monkeypatch.setattr(memory, "available_memory", lambda: 1000.0)
    table = tmp_path / "table.csv"
    rows = [",".join([*(str((row * column) % 7) for column in range(1, 401)), "abc"[row % 3]]) for row in range(30)]
    table.write_text("\n".join([",".join([*(f"x{column}" for column in range(400)), "y"]), *rows]))
    given = [f"model={model.split()[0]}", *model.split()[1:], "data=array", f"data.path='{table}'"]
    with pytest.raises(UserError, match=f"takes about {gigabytes:.0f} GB of memory, but 1000 GB are available"):
        api.train(*given, f"output_dir={tmp_path / 'outputs'}")
    assert not (tmp_path / "outputs").exists()
