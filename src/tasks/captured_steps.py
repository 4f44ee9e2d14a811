"""Optimizer steps that a CUDA graph replays.

A small network's step on a GPU takes as long as starting its kernels one by one; a graph starts them all at once.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from ..errors import UserError
from ..spec import Batch
from .step import NOTHING, Step

OPTION = "trainer.cuda_graphs=true"
WARM_UP = 3  # steps before the recording, in which libraries and optimizers allocate their memory

Take = Callable[[], Step]


class Recorder(Protocol):
    """Records steps."""

    def warm_up(self, take: Take) -> Step:
        """Take a step in the way in which it will be recorded."""

    def record(self, take: Take) -> tuple[Step, Callable[[], object]]:
        """Record a step without taking it; return where its results will be, and a function that takes it again."""


class Recording(NamedTuple):
    """A recorded step. batch: its inputs; step: its results; grads: its gradients; replays use the same memory."""

    batch: Batch
    step: Step
    replay: Callable[[], object]
    settings: list[dict[str, Any]]
    grads: list[Tensor | None]


class CapturedSteps:
    """Take optimizer steps: those on full batches replay a recorded step, those on smaller ones run as usual.

    update: takes a step (batch, *optimizers); net: the network that it changes; record: how to record a step. The first
    steps on full batches run as usual; the step after them is recorded, and again whenever a setting of an optimizer
    has changed, such as the learning rate. recorder: None for CUDA graphs. Raises UserError for a step that cannot be
    recorded.
    """

    def __init__(
        self,
        update: Callable[..., Step],
        net: nn.Module,
        optimizers: Sequence[Optimizer],
        *,
        recorder: Recorder | None = None,
    ) -> None:
        self.update = update
        self.net = net
        self.recorder = recorder or CudaGraphs()
        self.parameters = [p for optimizer in optimizers for group in optimizer.param_groups for p in group["params"]]
        self.seen: dict[tuple[Any, ...], int] = {}  # form of a batch -> number of steps on such batches
        self.form: tuple[Any, ...] | None = None  # of the recorded batches
        self.recording: Recording | None = None
        self.has_recorded_grads = False
        for optimizer in optimizers:
            make_capturable(optimizer)

    def __call__(self, batch: Batch, *optimizers: Optimizer) -> Step:
        """Take a step with the optimizers; return the loss and outputs before it."""
        form = form_of(batch)
        if self.form is None:
            if self.seen.get(form, 0) < WARM_UP:
                self.seen[form] = self.seen.get(form, 0) + 1
                return self.recorder.warm_up(lambda: self.update(batch, *optimizers))
            self.form = form
        if form != self.form:
            self.has_recorded_grads = False
            return self.update(batch, *optimizers)
        settings = settings_of(optimizers)
        if self.recording is None or self.recording.settings != settings:
            self.recording = None  # before the next one, so that its memory is free
            self.recording = self.recorded(batch, optimizers, settings)
        return self.replayed(batch, self.recording)

    def recorded(self, batch: Batch, optimizers: Sequence[Optimizer], settings: list[dict[str, Any]]) -> Recording:
        """Return a recording of the step on batches like this one."""
        static = Batch(batch.x.clone(), batch.y.clone(), None if batch.mask is None else batch.mask.clone())
        before = addresses(self.net)
        try:
            step, replay = self.recorder.record(lambda: self.update(static, *optimizers))
        except RuntimeError as error:
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise UserError(f"{OPTION}: the step cannot be captured ({reason}); leave it out") from error
        if moved := [name for name, place in addresses(self.net).items() if before.get(name) != place]:
            reason = f"it replaces '{moved[0]}' of the network by a new tensor"
            raise UserError(f"{OPTION}: the step cannot be captured ({reason}); leave it out")
        self.has_recorded_grads = True
        return Recording(static, step, replay, settings, [p.grad for p in self.parameters])

    def replayed(self, batch: Batch, recording: Recording) -> Step:
        """Take the recorded step with the numbers of a batch; return a copy of its results."""
        static, step = recording.batch, recording.step
        static.x.copy_(batch.x)
        static.y.copy_(batch.y)
        if static.mask is not None and batch.mask is not None:
            static.mask.copy_(batch.mask)
        recording.replay()
        if not self.has_recorded_grads:  # a step outside the graph has left its own gradients
            for parameter, grad in zip(self.parameters, recording.grads, strict=True):
                parameter.grad = grad
            self.has_recorded_grads = True
        target = batch.y if step.target is static.y else step.target.clone()
        notes = {name: value.clone() for name, value in step.notes.items()} if step.notes else NOTHING
        counts = None if step.counts is None else step.counts.clone()
        return Step(step.loss.clone(), step.output.clone(), target, notes, counts)


class CudaGraphs:
    """Records steps as CUDA graphs, on a stream of their own, as torch requires it also of the steps before."""

    def __init__(self) -> None:
        self.stream = torch.cuda.Stream()

    def warm_up(self, take: Take) -> Step:
        """Take a step on the stream."""
        self.stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self.stream):
            step = take()
        torch.cuda.current_stream().wait_stream(self.stream)
        return step

    def record(self, take: Take) -> tuple[Step, Callable[[], object]]:
        """Record a step."""
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, stream=self.stream):
            step = take()
        return step, graph.replay


def form_of(batch: Batch) -> tuple[Any, ...]:
    """Return shapes and types of a batch."""
    return tuple((t.shape, t.dtype) if isinstance(t, Tensor) else t for t in batch)


def settings_of(optimizers: Sequence[Optimizer]) -> list[dict[str, Any]]:
    """Return the settings of all groups of parameters, which a recorded step contains as constants."""
    groups = [group for optimizer in optimizers for group in optimizer.param_groups]
    return [{name: value for name, value in group.items() if name != "params"} for group in groups]


def addresses(net: nn.Module) -> dict[str, int]:
    """Return the addresses of all parameters and buffers by name."""
    return {name: t.data_ptr() for named in (net.named_parameters(), net.named_buffers()) for name, t in named}


def why_not_capturable(optimizer: Optimizer) -> str | None:
    """Return why the steps of an optimizer cannot be captured, or None if they can."""
    if isinstance(optimizer, torch.optim.SGD) or "capturable" in optimizer.defaults:
        return None
    return f"the steps of optimizer {type(optimizer).__name__} cannot be captured"


def make_capturable(optimizer: Optimizer) -> None:
    """Let an optimizer count its steps on the device of the parameters, also those of a resumed run."""
    for group in optimizer.param_groups:
        if "capturable" in group:
            group["capturable"] = True
        for parameter in group["params"]:
            if "step" in (state := optimizer.state.get(parameter, {})):
                state["step"] = state["step"].to(parameter.device)
    vars(optimizer)["_warned_capturable_if_run_uncaptured"] = True  # the first and the smaller batches are not captured


def portable_state(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return the state of an optimizer as if its steps had not been captured, so that a run can continue anywhere."""
    groups = [{**group, "capturable": False} if "capturable" in group else group for group in state["param_groups"]]
    moments = {key: of | {"step": of["step"].cpu()} if "step" in of else of for key, of in state["state"].items()}
    return {**state, "state": moments, "param_groups": groups}
