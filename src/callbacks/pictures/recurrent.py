"""Pictures of networks that read sequences.

Shapes: T time steps, H hidden units.
"""

from typing import Any

from matplotlib.figure import Figure
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from ...analysis.recurrent.automaton import fit_automaton, majority_labels
from ...analysis.recurrent.spectrum import eigenvalues
from ...analysis.recurrent.steps import gradient_norms, trace
from ...figures.fonts import display_label
from ...figures.recurrent.automaton import plot_automata
from ...figures.recurrent.gates import gate_name, plot_gates
from ...figures.recurrent.gradients import plot_gradients
from ...figures.recurrent.sequence import plot_hidden_states, plot_next_symbols
from ...figures.recurrent.spectrum import plot_spectrum
from ...layers.cells.base import Cell
from ...layers.recurrent import Recurrent
from ...spec import DataSpec
from .base import Picture
from .examples import Examples

MAX_STRINGS = 50  # enough to show every edge of a small automaton
MAX_LETTERS = 12  # of a word below a step
MAX_LABELS = 20  # that fit below each other
BACKWARD = " backward"


def reads_sequences(examples: Examples) -> bool:
    """Return whether examples are sequences of steps."""
    return examples.spec.form in ("sequence", "tokens")


def has_recurrent_layer(examples: Examples) -> bool:
    """Return whether there is a recurrent layer, ours or torch's."""
    return reads_sequences(examples) and first_recurrent(examples.net) is not None


def has_cells(examples: Examples) -> bool:
    """Return whether there are recurrent layers of ours, whose single steps can be recorded."""
    return reads_sequences(examples) and bool(recurrent_layers(examples.net))


def has_gates(examples: Examples) -> bool:
    """Return whether a cell has gates or a state of several parts."""
    return has_cells(examples) and first_gated_cell(examples) is not None


def has_label_sets(examples: Examples) -> bool:
    """Return whether the target of each step is a set of few enough labels."""
    spec = examples.spec
    sets = spec.target == "multilabel" and spec.per_step and spec.target_size <= MAX_LABELS
    return reads_sequences(examples) and sets


def is_grammar(examples: Examples) -> bool:
    """Return whether a recurrent layer reads symbols and predicts the sets of symbols that may follow."""
    spec = examples.spec
    symbolic = spec.input == "onehot" and spec.vocabulary and spec.target == "multilabel" and spec.per_step
    return bool(symbolic) and has_cells(examples) and recurrent_layers(examples.net)[-1].directions == 1


def draw_activations(examples: Examples) -> Figure:
    """Draw the hidden states of the first recurrent layer for the first sequence."""
    batch, layer = examples.sequence, first_recurrent(examples.net)
    assert layer is not None
    found: list[Tensor] = []

    def record(_: nn.Module, __: Any, result: tuple[Tensor | PackedSequence, Any]) -> None:
        hidden = result[0]
        batch_first = not isinstance(layer, nn.RNNBase) or layer.batch_first
        if isinstance(hidden, PackedSequence):
            hidden, _lengths = pad_packed_sequence(hidden, batch_first=batch_first)
        found.append(hidden[0] if batch_first else hidden[:, 0])

    with layer.register_forward_hook(record):
        examples.predict(batch.x, batch.mask)
    return plot_hidden_states(found[0], step_labels(batch.x[0], examples.spec), "hidden states of the first layer")


def draw_next_symbols(examples: Examples) -> Figure:
    """Draw the predicted and the true label sets at the steps of the first sequence."""
    batch = examples.sequence
    predicted = examples.predict(batch.x, batch.mask)[0]
    return plot_next_symbols(predicted, batch.y[0], step_labels(batch.x[0], examples.spec), examples.spec.labels)


def draw_gradients(examples: Examples) -> Figure:
    """Draw the norms of the gradient at each step of the first sequence, of its loss and of its last step's loss."""
    layers = recurrent_layers(examples.net)[:1]  # the one that reads the input
    batch, task, cells = examples.sequence, examples.task, named_cells(layers)

    def last() -> Tensor:
        output = task.net(batch.x, batch.mask)
        values: Tensor = task.loss(output, batch.y)
        return values[:, -1].sum()

    with examples.trainer.precision_plugin.forward_context():
        found = {"loss": gradient_norms(cells, lambda: task.compute(batch).loss)}
        if examples.spec.per_step:
            found = {
                "loss of all steps": found["loss"],
                "loss of the last step": gradient_norms(cells, last),
            }
    norms = {
        f"{state_label(key, cells)}: {of}": values[0].flip(0) if BACKWARD in key else values[0]
        for of, each in found.items()
        for key, values in each.items()
    }
    title = "gradient with respect to the state at each step"
    return plot_gradients(norms, step_labels(batch.x[0], examples.spec), title)


def draw_spectrum(examples: Examples) -> Figure:
    """Draw the eigenvalues of all recurrent weight matrices."""
    layers = named_layers(examples.net)
    cells = {
        f"{layer}, {name}" if len(layers) > 1 else name: cell
        for layer, each in layers.items()
        for name, cell in named_cells([each]).items()
    }
    return plot_spectrum(
        {
            f"{layer_prefix(name, cells)}{gate_name(block)}": values
            for name, cell in cells.items()
            for block, values in eigenvalues(cell).items()
        },
        "eigenvalues of recurrent weights",
    )


def draw_gates(examples: Examples) -> Figure:
    """Draw the gates and states of the first gated cell for the first sequence."""
    batch, cell = examples.sequence, first_gated_cell(examples)
    assert cell is not None
    given: list[Any] = []
    with cell.register_forward_hook(lambda _, args, __: given.append(args)):
        examples.predict(batch.x, batch.mask)
    values = {letter: steps[0] for letter, steps in trace(cell, *given[0]).items()}
    return plot_gates(values, step_labels(batch.x[0], examples.spec))


def draw_automaton(examples: Examples) -> Figure:
    """Draw the automaton extracted from a layer; its states are labelled with the symbols that may follow."""
    batch, spec = examples.first(MAX_STRINGS), examples.spec
    found: list[Tensor] = []
    with recurrent_layers(examples.net)[-1].register_forward_hook(lambda _, __, result: found.append(result[0])):
        examples.predict(batch.x, batch.mask)
    lengths = [batch.x.shape[1]] * len(batch.x) if batch.mask is None else batch.mask.sum(1).tolist()
    strings = [step_labels(x[:n], spec) for x, n in zip(batch.x, lengths, strict=True)]
    known = [[tuple(step) for step in y[:n].long().tolist()] for y, n in zip(batch.y, lengths, strict=True)]
    automaton = fit_automaton([h[:n].float() for h, n in zip(found[0], lengths, strict=True)], strings, known)
    names = {
        state: " ".join(display_label(spec.labels[k]) for k, on in enumerate(follows) if on) or "end"
        for state, (follows, _) in majority_labels(automaton.paths, known).items()
    }
    figure = plot_automata({"": (automaton.edges, {0: "start", **names})})
    title = f"{len(names)} clusters of hidden states, with next symbols"
    figure.suptitle(f"{title}\n{automaton.consistency:.1%} of the steps are consistent")
    return figure


def recurrent_layers(net: nn.Module) -> list[Recurrent]:
    """Return our recurrent layers in a network."""
    return [module for module in net.modules() if isinstance(module, Recurrent)]


def named_layers(net: nn.Module) -> dict[str, Recurrent]:
    """Return our recurrent layers by their names in a network, such as encoder and decoder."""
    return {name.rpartition(".")[2]: module for name, module in net.named_modules() if isinstance(module, Recurrent)}


def first_gated_cell(examples: Examples) -> Cell | None:
    """Return the first cell with gates or a state of several parts, or None."""
    cells = named_cells(recurrent_layers(examples.net)).values()
    return next((cell for cell in cells if cell.blocks > 1 or len(cell.state_names) > 1), None)


def named_cells(layers: list[Recurrent]) -> dict[str, Cell]:
    """Return the cells of recurrent layers, named by layer and, if bidirectional, by direction."""
    found: dict[str, Cell] = {}
    level = 0
    for each in layers:
        for place, cell in enumerate(each.cells):
            backwards = place % each.directions
            level += not backwards
            found[f"layer {level}{BACKWARD if backwards else ''}"] = cell  # type: ignore[assignment]
    return found


def layer_prefix(name: str, cells: dict[str, Cell]) -> str:
    """Return the name of a cell as the prefix of a label, or "" if there is only one cell."""
    return f"{name}, " if len(cells) > 1 else ""


def state_label(key: str, cells: dict[str, Cell]) -> str:
    """Return the label for a key of `gradient_norms`: the cell and the part of its state."""
    name = max((name for name in cells if key.startswith(name)), key=len)
    letter = key.removeprefix(name).strip() or cells[name].state_names[0]
    return f"{layer_prefix(name, cells)}{gate_name(letter)}"


def step_labels(x: Tensor, spec: DataSpec) -> list[str]:
    """Return the symbols of one sequence (T, ...) as labels of its steps, or [] if they have no names."""
    if not spec.vocabulary or spec.input not in ("tokens", "onehot"):
        return []
    places = x.argmax(-1) if spec.input == "onehot" else x if x.ndim == 1 else x[:, 0]
    return [display_label(spec.vocabulary[k], MAX_LETTERS) for k in places.tolist()]


def first_recurrent(net: nn.Module) -> Cell | nn.RNNBase | None:
    """Return the first recurrent layer or cell, or None."""
    return next((module for module in net.modules() if isinstance(module, Cell | nn.RNNBase)), None)


ACTIVATIONS = Picture("activations", has_recurrent_layer, draw_activations)
NEXT_SYMBOLS = Picture("next_symbols", has_label_sets, draw_next_symbols)
GATES = Picture("gates", has_gates, draw_gates)
GRADIENTS = Picture("gradients", has_cells, draw_gradients)
SPECTRUM = Picture("spectrum", has_cells, draw_spectrum, "weights")
AUTOMATON = Picture("automaton", is_grammar, draw_automaton)
