from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from nnzoo.callbacks.profile import Profile
from nnzoo.errors import UserError

from .conftest import Fit
from .small_tasks import PLANE, make_task


@pytest.mark.filterwarnings("ignore::UserWarning")  # of the profiler
@pytest.mark.parametrize(
    ("slices", "calls"),
    [
        (2, 4 + 8),  # the empty slice at the end of an epoch of 2, a validation of 8 batches, a slice of 4 steps
        (1000, 2 * 8 + 3 * 8),  # all of the second and third epoch, and three validations
    ],
)
def test_table_in_file_and_on_screen(
    tmp_path: Path, fit: Fit, capsys: pytest.CaptureFixture[str], slices: int, calls: int
) -> None:
    callback = Profile(slices=slices)
    fit(make_task(PLANE, torch.nn.Linear(2, 3)), [callback])
    assert callback.profiler is None
    written, printed = (tmp_path / "profile.txt").read_text(), capsys.readouterr().out
    rows = [line.split() for line in written.splitlines()]
    assert [int(row[-1]) for row in rows if row[:1] == ["aten::addmm"]] == [calls]
    assert "aten::addmm" in printed
    assert len(printed.splitlines()) <= 15 + 8


def test_no_table_for_a_run_within_the_warmup(tmp_path: Path, fit: Fit) -> None:
    task = make_task(PLANE, torch.nn.Linear(2, 3))
    task.steps_per_slice = 8
    fit(task, [Profile()], max_epochs=1)
    assert not (tmp_path / "profile.txt").exists()


def test_slices_below_1_are_refused() -> None:
    with pytest.raises(UserError, match=r"^slices is 0; it must be at least 1$"):
        Profile(slices=0)


def test_table_of_a_run_that_fails(tmp_path: Path) -> None:
    callback = Profile()
    trainer: Any = SimpleNamespace(default_root_dir=tmp_path)
    callback.on_exception(trainer, None, KeyboardInterrupt())  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
    averages = SimpleNamespace(table=lambda **settings: str(sorted(settings.items())))
    stopped: list[int] = []
    callback.profiler = SimpleNamespace(key_averages=lambda: averages, stop=lambda: stopped.append(1))  # type: ignore
    for _ in range(2):
        callback.on_exception(trainer, None, KeyboardInterrupt())  # type: ignore[arg-type]
    assert stopped == [1]
    table = (tmp_path / "profile.txt").read_text()
    assert "('row_limit', -1), ('sort_by', 'self_cpu_time_total')" in table
