"""The end of a slice, the optimizer steps inside one Lightning batch."""

import time

import torch

SLICE_SECONDS = 0.05
GROWTH = 4  # of the number of steps from one slice to the next, at most


class SliceClock:
    """Ends a slice about SLICE_SECONDS after its start.

    On the CPU it reads the time after each step. Other devices are asynchronous: a step returns before its work is
    done, so the time after it means nothing. There a slice has a number of steps, which is chosen from the duration of
    the slice before, measured when its losses have been read, which waits for its work.
    """

    def __init__(self) -> None:
        self.steps = 1  # of the next slice on an asynchronous device
        self.began = 0.0
        self.counts = False

    def start(self, device: torch.device) -> None:
        """Start a slice on a device."""
        self.counts = device.type != "cpu"
        self.began = time.perf_counter()

    def over(self, steps: int) -> bool:
        """Return whether a slice ends after so many steps."""
        if self.counts:
            return steps >= self.steps
        return time.perf_counter() >= self.began + SLICE_SECONDS

    def end(self, steps: int) -> None:
        """Choose the length of the next slice; the work of this one, so many steps, is done."""
        if self.counts:
            seconds = max(time.perf_counter() - self.began, 1e-9)
            self.steps = max(1, min(int(steps * SLICE_SECONDS / seconds), GROWTH * self.steps))
