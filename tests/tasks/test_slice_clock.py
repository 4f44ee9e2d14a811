import pytest
import torch
from nnzoo.tasks import slice_clock
from nnzoo.tasks.slice_clock import GROWTH, SLICE_SECONDS, SliceClock

CPU, GPU = torch.device("cpu"), torch.device("cuda")


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, as a list of one number that a test changes."""
    time = [0.0]
    monkeypatch.setattr(slice_clock.time, "perf_counter", lambda: time[0])
    return time


def test_the_cpu_is_timed_after_each_step(now: list[float]) -> None:
    clock = SliceClock()
    clock.start(CPU)
    now[0] += SLICE_SECONDS / 2
    assert not clock.over(1000)
    now[0] += SLICE_SECONDS / 2
    assert clock.over(1)


def test_a_gpu_is_timed_when_its_work_is_done(now: list[float]) -> None:
    """Steps that take 1.9 ms, though starting one takes no time: the slices grow to 26 of them."""
    clock, sizes = SliceClock(), []
    for _ in range(6):
        clock.start(GPU)
        steps = 1
        while not clock.over(steps):
            steps += 1
        now[0] += 0.0019 * steps  # the losses are read
        clock.end(steps)
        sizes.append(steps)
    assert sizes == [1, GROWTH, GROWTH**2, 26, 26, 26]


def test_slow_steps_are_slices_of_one(now: list[float]) -> None:
    clock = SliceClock()
    for _ in range(3):
        clock.start(GPU)
        assert clock.over(1)
        now[0] += 10 * SLICE_SECONDS
        clock.end(1)


def test_the_short_slice_at_the_end_of_an_epoch_does_not_slow_the_next(now: list[float]) -> None:
    clock = SliceClock()
    clock.steps = 20
    clock.start(GPU)
    now[0] += 0.0025 * 2
    clock.end(2)
    assert clock.steps == 20
