"""Pictures of what a network does, chosen by what its data are.

Shapes: B examples, T time steps, K classes, labels or outputs, H hidden units.
"""

import logging
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from ..analysis.automaton import fitting, shares
from ..analysis.spectrum import eigenvalues
from ..analysis.steps import gradient_norms, trace
from ..data.base import SEGMENT, affordable, numbers
from ..figures.automaton import automata
from ..figures.boundary import CLASSES, boundary, grid
from ..figures.confusion import confusion
from ..figures.filters import filters
from ..figures.fonts import add_fonts, shown, without_glyph_warnings
from ..figures.gates import gates
from ..figures.gradients import gradients
from ..figures.images import predictions, reconstructions
from ..figures.scatter import scatter
from ..figures.sequence import activations, next_symbols
from ..figures.spectrum import spectrum
from ..layers.cells.base import Cell
from ..layers.recurrent import Recurrent
from ..spec import Batch, DataSpec
from ..tasks.base import Task
from .undisturbed import undisturbed
from .writers import writers

STRINGS = 50  # as many show every edge of a small automaton
ROWS = 50  # labels that have room below each other
BACKWARDS = " backwards"

log = logging.getLogger(__name__)


class Figures(pl.Callback):
    """Draw the validation examples: to TensorBoard under `figures/`, and as PNG into the run directory.

    every_n_epochs: None = only at the end of training; images: how many are shown with their predictions.
    Without a validation split, the first test is drawn. A figure that fails is a warning, no end of the run.
    """

    def __init__(self, *, every_n_epochs: int | None = None, images: int = 16) -> None:
        self.every_n_epochs = every_n_epochs
        self.images = images
        self.epoch = 0  # the last one that was trained
        self.drawn: int | None = None  # the last one that was drawn

    def on_train_epoch_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Draw every n epochs."""
        self.epoch = trainer.current_epoch
        if self.every_n_epochs and (self.epoch + 1) % self.every_n_epochs == 0 and trainer.val_dataloaders:
            self._draw(trainer, task, trainer.val_dataloaders)

    def on_train_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Draw the end of training."""
        if self.drawn != self.epoch and trainer.val_dataloaders:
            self._draw(trainer, task, trainer.val_dataloaders)

    def on_test_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Draw, if nothing was drawn in training."""
        if self.drawn is None:
            self._draw(trainer, task, trainer.test_dataloaders)

    def _draw(self, trainer: pl.Trainer, task: Task, loader: Any) -> None:
        self.drawn = self.epoch
        if not trainer.is_global_zero:
            return
        with undisturbed(task):
            for name, draw in choose(Examples(trainer, task, loader), self.images):
                show(trainer, name, draw, self.epoch)


class Examples:
    """The examples of a loader, as the network sees them, and what it decides about them."""

    def __init__(self, trainer: pl.Trainer, task: Task, loader: Any) -> None:
        self.trainer = trainer
        self.task = task
        self.loader = loader

    @property
    def spec(self) -> DataSpec:
        """What one example is."""
        return self.task.spec

    def first(self, n: int) -> Batch:
        """Return the first `n` examples."""
        batch: Batch = self.loader.split.rows(slice(n))
        return self._ready(batch if self.loader.transform is None else batch._replace(x=self.loader.transform(batch.x)))

    def decide(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the decisions about inputs."""
        with self.trainer.precision_plugin.forward_context():
            return self.task.decide(self.task.net(x, mask))

    def decided(self) -> tuple[Tensor, Tensor]:
        """Return decisions and targets of all examples, or of all their real steps: (N, ...) each."""
        said, true = [], []
        for batch in map(self._ready, self.loader):
            decision = self.decide(batch.x, batch.mask)
            steps = batch.mask if self.spec.per_step and batch.mask is not None else ...
            said.append(decision[steps].cpu())
            true.append(self.task.actual(batch.y)[steps].cpu())
        return torch.cat(said), torch.cat(true)

    def sequence(self) -> Batch:
        """Return the first sequence without padding, of a stream its first steps: (1, T, ...)."""
        batch = self.first(1)
        if self.loader.segment is not None:
            steps = affordable(SEGMENT, numbers(self.spec, 1))
            batch = batch.steps(0, steps, per_step=self.spec.per_step)
        if batch.mask is None:
            return batch
        steps = int(batch.mask.sum())
        return Batch(batch.x[:, :steps], batch.y[:, :steps] if self.spec.per_step else batch.y, batch.mask[:, :steps])

    def _ready(self, batch: Batch) -> Batch:
        return self.trainer.precision_plugin.convert_input(batch.to(self.task.device))


def choose(examples: Examples, images: int) -> Iterator[tuple[str, Callable[[], Figure]]]:
    """Yield names of the figures that fit the data, and how to draw them."""
    spec = examples.spec
    classes = spec.target == "classes"
    if spec.form == "image" and classes:
        yield "predictions", lambda: draw_predictions(examples, images)
    if spec.form == "image" and spec.target == "input":
        yield "reconstructions", lambda: draw_reconstructions(examples)
    if classes:
        yield "confusion", lambda: confusion(*examples.decided(), spec.target_size, spec.labels)
    if spec.form == "image" and (weight := first_weight(examples.task.net, spec)) is not None:
        yield "filters", lambda: filters(weight)
    if spec.form == "vector" and spec.shape == (2,) and classes and spec.target_size <= CLASSES:
        yield "boundary", lambda: draw_boundary(examples)
    if spec.target == "real":
        yield (
            "scatter",
            lambda: scatter(*(values.reshape(-1, spec.target_size) for values in examples.decided())),
        )
    if spec.form in ("sequence", "tokens"):
        if (layer := first_recurrent(examples.task.net)) is not None:
            yield "activations", lambda: draw_activations(examples, layer)
        if spec.target == "multilabel" and spec.per_step and spec.target_size <= ROWS:
            yield "next_symbols", lambda: draw_next_symbols(examples)
        yield from choose_recurrent(examples)


def choose_recurrent(examples: Examples) -> Iterator[tuple[str, Callable[[], Figure]]]:
    """Yield names of the figures that show our recurrent cells at work, and how to draw them."""
    spec, layers = examples.spec, [m for m in examples.task.net.modules() if isinstance(m, Recurrent)]
    if not layers:
        return
    cells = named_cells(layers)
    yield "gradients", lambda: draw_gradients(examples, cells)
    yield "spectrum", lambda: draw_spectrum(cells)
    if (cell := next((c for c in cells.values() if c.blocks > 1 or len(c.parts) > 1), None)) is not None:
        yield "gates", lambda: draw_gates(examples, cell)
    symbolic = spec.input == "onehot" and spec.vocabulary and spec.target == "multilabel" and spec.per_step
    if symbolic and layers[-1].directions == 1:
        yield "automaton", lambda: draw_automaton(examples, layers[-1])


def draw_predictions(examples: Examples, images: int) -> Figure:
    """Draw the first images with what the network says."""
    batch = examples.first(images)
    return predictions(batch.x, examples.decide(batch.x), batch.y, examples.spec.labels)


def draw_reconstructions(examples: Examples) -> Figure:
    """Draw the first images above what the network makes of them."""
    x = examples.first(10).x
    return reconstructions(x, examples.decide(x).view_as(x))


def draw_boundary(examples: Examples) -> Figure:
    """Draw the decision regions of two inputs under at most 2000 examples."""
    batch = examples.first(2000)
    places = grid(batch.x.cpu())
    decided = examples.decide(places.reshape(-1, 2).to(batch.x)).view(places.shape[:2])
    spec = examples.spec
    return boundary(batch.x.cpu(), batch.y.cpu(), places, decided, spec.target_size, spec.labels)


def draw_activations(examples: Examples, layer: Cell | nn.RNNBase) -> Figure:
    """Draw the outputs of a recurrent layer along the first sequence."""
    batch = examples.sequence()
    seen: list[Tensor] = []

    def keep(_: nn.Module, __: Any, result: tuple[Tensor | PackedSequence, Any]) -> None:
        hidden = result[0]
        batch_first = not isinstance(layer, nn.RNNBase) or layer.batch_first
        if isinstance(hidden, PackedSequence):
            hidden, _lengths = pad_packed_sequence(hidden, batch_first=batch_first)
        seen.append(hidden[0] if batch_first else hidden[:, 0])

    with layer.register_forward_hook(keep):
        examples.decide(batch.x, batch.mask)
    return activations(seen[0], symbols(batch.x[0], examples.spec))


def draw_next_symbols(examples: Examples) -> Figure:
    """Draw the label sets at the steps of the first sequence."""
    batch = examples.sequence()
    said = examples.decide(batch.x, batch.mask)[0]
    return next_symbols(said, batch.y[0], symbols(batch.x[0], examples.spec), examples.spec.labels)


def draw_gradients(examples: Examples, cells: dict[str, Cell]) -> Figure:
    """Draw how far back the loss of the first sequence reaches, and that of its last step alone."""
    batch, task = examples.sequence(), examples.task

    def last() -> Tensor:
        output = task.net(batch.x, batch.mask)
        values: Tensor = task.loss(output, task.matched(output, batch))
        return values[:, -1].sum()

    with examples.trainer.precision_plugin.forward_context():
        found = {"loss": gradient_norms(cells, lambda: task.compute(batch)[0])}
        if examples.spec.per_step:
            found["loss of the last step"] = gradient_norms(cells, last)
    norms = {
        f"{cell}: {of}": values[0].flip(0) if BACKWARDS in cell else values[0]
        for of, each in found.items()
        for cell, values in each.items()
    }
    return gradients(norms, symbols(batch.x[0], examples.spec))


def draw_spectrum(cells: dict[str, Cell]) -> Figure:
    """Draw the eigenvalues of all recurrent matrices."""
    return spectrum({f"{name} {block}": v for name, cell in cells.items() for block, v in eigenvalues(cell).items()})


def draw_gates(examples: Examples, cell: Cell) -> Figure:
    """Draw gates and states of a cell along the first sequence."""
    batch = examples.sequence()
    given: list[Any] = []
    with cell.register_forward_hook(lambda _, args, __: given.append(args)):
        examples.decide(batch.x, batch.mask)
    values = {name: steps[0] for name, steps in trace(cell, *given[0]).items()}
    return gates(values, symbols(batch.x[0], examples.spec))


def draw_automaton(examples: Examples, layer: Recurrent) -> Figure:
    """Draw the automaton that a layer is, in its states what may follow according to the data."""
    batch, spec = examples.first(STRINGS), examples.spec
    seen: list[Tensor] = []
    with layer.register_forward_hook(lambda _, __, result: seen.append(result[0])):
        examples.decide(batch.x, batch.mask)
    lengths = [batch.x.shape[1]] * len(batch.x) if batch.mask is None else batch.mask.sum(1).tolist()
    strings = [symbols(x[:n], spec) for x, n in zip(batch.x, lengths, strict=True)]
    known = [[tuple(step) for step in y[:n].long().tolist()] for y, n in zip(batch.y, lengths, strict=True)]
    automaton = fitting([h[:n].float() for h, n in zip(seen[0], lengths, strict=True)], strings, known)
    sets = shares(automaton.paths, known)
    names = {
        state: " ".join(shown(spec.labels[k]) for k, on in enumerate(follows) if on) or "end"
        for state, (follows, _) in sets.items()
    }
    title = f"{len(names)} clusters of hidden states, {automaton.consistency:.1%} of the steps consistent"
    return automata({title: (automaton.edges, {0: "start", **names})})


def named_cells(layers: list[Recurrent]) -> dict[str, Cell]:
    """Return the cells of recurrent layers by number and, where there are two, direction."""
    found: dict[str, Cell] = {}
    level = 0
    for layer in layers:
        for place, cell in enumerate(layer.cells):
            backwards = place % layer.directions
            level += not backwards
            found[f"layer {level}{BACKWARDS if backwards else ''}"] = cell  # type: ignore[assignment]
    return found


def symbols(x: Tensor, spec: DataSpec) -> list[str]:
    """Return labels of the steps of one sequence (T, ...): its symbols if they have names, else numbers."""
    if not spec.vocabulary or spec.input not in ("tokens", "onehot"):
        return [str(t) for t in range(len(x))]
    places = x.argmax(-1) if spec.input == "onehot" else x if x.ndim == 1 else x[:, 0]
    return [shown(spec.vocabulary[k]) for k in places.tolist()]


def first_weight(net: nn.Module, spec: DataSpec) -> Tensor | None:
    """Return the weights (O, C, h, w) of the first layer that looks at images, None if there is none."""
    for weight in net.parameters():
        if weight.ndim == 4 and weight.shape[1] == spec.shape[0]:
            return weight
        if weight.ndim == 2 and weight.shape[1] == math.prod(spec.shape):
            return weight.view(-1, *spec.shape)
    return None


def first_recurrent(net: nn.Module) -> Cell | nn.RNNBase | None:
    """Return the first recurrent layer, None if there is none."""
    return next((layer for layer in net.modules() if isinstance(layer, Cell | nn.RNNBase)), None)


def show(trainer: pl.Trainer, name: str, draw: Callable[[], Figure], epoch: int) -> None:
    """Draw a figure to TensorBoard and into the run directory; one that fails is a warning."""
    folder = Path(trainer.default_root_dir) / "figures"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        pixels = rendered(draw(), folder / f"{name}.png")
    except Exception as error:
        log.warning("no figure '%s': %s: %s", name, type(error).__name__, error)
        return
    for writer in writers(trainer):
        writer.add_image(f"figures/{name}", pixels, epoch, dataformats="HWC")


def rendered(figure: Figure, path: Path) -> np.ndarray:
    """Save a figure as PNG and return its pixels (H, W, 3) in [0, 255]."""
    canvas = FigureCanvasAgg(figure)
    with without_glyph_warnings():
        canvas.draw()
        if add_fonts(figure):
            canvas.draw()
        figure.savefig(path)
    return np.asarray(canvas.buffer_rgba())[..., :3]
