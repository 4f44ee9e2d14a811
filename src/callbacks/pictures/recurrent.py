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
from ...figures.fonts import shown
from ...figures.recurrent.automaton import plot_automata
from ...figures.recurrent.gates import in_words, plot_gates
from ...figures.recurrent.gradients import plot_gradients
from ...figures.recurrent.sequence import plot_hidden_states, plot_next_symbols
from ...figures.recurrent.spectrum import plot_spectrum
from ...layers.cells.base import Cell
from ...layers.recurrent import Recurrent
from ...spec import DataSpec
from .base import Picture
from .examples import Examples

STRINGS = 50  # as many show every edge of a small automaton
SYMBOL = 12  # letters of a word below a step
ROWS = 20  # labels that have room below each other
BACKWARDS = " backwards"


def reads_sequences(examples: Examples) -> bool:
    """Tell whether examples are sequences of steps."""
    return examples.spec.form in ("sequence", "tokens")


def has_recurrent_layer(examples: Examples) -> bool:
    """Tell whether there is a recurrent layer, of ours or of torch's."""
    return reads_sequences(examples) and first_recurrent(examples.net) is not None


def has_cells(examples: Examples) -> bool:
    """Tell whether there are recurrent layers of ours, whose steps can be watched."""
    return reads_sequences(examples) and bool(stacks(examples.net))


def has_gates(examples: Examples) -> bool:
    """Tell whether there is a cell with gates or with a state of more than one part."""
    return has_cells(examples) and gated(examples) is not None


def has_label_sets(examples: Examples) -> bool:
    """Tell whether each step has a set of a few labels."""
    spec = examples.spec
    return reads_sequences(examples) and spec.target == "multilabel" and spec.per_step and spec.target_size <= ROWS


def is_grammar(examples: Examples) -> bool:
    """Tell whether a recurrent layer reads symbols and predicts which ones may follow."""
    spec = examples.spec
    symbolic = spec.input == "onehot" and spec.vocabulary and spec.target == "multilabel" and spec.per_step
    return bool(symbolic) and has_cells(examples) and stacks(examples.net)[-1].directions == 1


def draw_activations(examples: Examples) -> Figure:
    """Draw the outputs of the first recurrent layer along the first sequence."""
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
    return plot_hidden_states(found[0], symbols(batch.x[0], examples.spec), "hidden states of the first layer")


def draw_next_symbols(examples: Examples) -> Figure:
    """Draw the label sets at the steps of the first sequence."""
    batch = examples.sequence
    predicted = examples.predict(batch.x, batch.mask)[0]
    return plot_next_symbols(predicted, batch.y[0], symbols(batch.x[0], examples.spec), examples.spec.labels)


def draw_gradients(examples: Examples) -> Figure:
    """Draw how far back the loss of the first sequence reaches, and that of its last step alone."""
    batch, task, cells = examples.sequence, examples.task, named_cells(stacks(examples.net)[:1])  # of what is read

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
        f"{state_in_words(key, cells)}: {of}": values[0].flip(0) if BACKWARDS in key else values[0]
        for of, each in found.items()
        for key, values in each.items()
    }
    return plot_gradients(norms, symbols(batch.x[0], examples.spec), "gradient by the hidden state at each step")


def draw_spectrum(examples: Examples) -> Figure:
    """Draw the eigenvalues of all recurrent matrices."""
    layers = named_stacks(examples.net)
    cells = {
        f"{stack}, {name}" if len(layers) > 1 else name: cell
        for stack, each in layers.items()
        for name, cell in named_cells([each]).items()
    }
    return plot_spectrum(
        {
            f"{layer(name, cells)}{in_words(block)}": values
            for name, cell in cells.items()
            for block, values in eigenvalues(cell).items()
        },
        "eigenvalues of recurrent weights",
    )


def draw_gates(examples: Examples) -> Figure:
    """Draw gates and states of the first cell that has them along the first sequence."""
    batch, cell = examples.sequence, gated(examples)
    assert cell is not None
    given: list[Any] = []
    with cell.register_forward_hook(lambda _, args, __: given.append(args)):
        examples.predict(batch.x, batch.mask)
    values = {letter: steps[0] for letter, steps in trace(cell, *given[0]).items()}
    return plot_gates(values, symbols(batch.x[0], examples.spec))


def draw_automaton(examples: Examples) -> Figure:
    """Draw the automaton that a layer is, in its states what may follow according to the data."""
    batch, spec = examples.first(STRINGS), examples.spec
    found: list[Tensor] = []
    with stacks(examples.net)[-1].register_forward_hook(lambda _, __, result: found.append(result[0])):
        examples.predict(batch.x, batch.mask)
    lengths = [batch.x.shape[1]] * len(batch.x) if batch.mask is None else batch.mask.sum(1).tolist()
    strings = [symbols(x[:n], spec) for x, n in zip(batch.x, lengths, strict=True)]
    known = [[tuple(step) for step in y[:n].long().tolist()] for y, n in zip(batch.y, lengths, strict=True)]
    automaton = fit_automaton([h[:n].float() for h, n in zip(found[0], lengths, strict=True)], strings, known)
    names = {
        state: " ".join(shown(spec.labels[k]) for k, on in enumerate(follows) if on) or "end"
        for state, (follows, _) in majority_labels(automaton.paths, known).items()
    }
    figure = plot_automata({"": (automaton.edges, {0: "start", **names})})
    title = f"{len(names)} clusters of hidden states and what may follow"
    figure.suptitle(f"{title}\n{automaton.consistency:.1%} of the steps are consistent")
    return figure


def stacks(net: nn.Module) -> list[Recurrent]:
    """Return the recurrent layers of ours."""
    return [module for module in net.modules() if isinstance(module, Recurrent)]


def named_stacks(net: nn.Module) -> dict[str, Recurrent]:
    """Return the recurrent layers of ours by the names that they have in a network: encoder, decoder."""
    return {name.rpartition(".")[2]: module for name, module in net.named_modules() if isinstance(module, Recurrent)}


def gated(examples: Examples) -> Cell | None:
    """Return the first cell with gates or several parts of a state, None if there is none."""
    cells = named_cells(stacks(examples.net)).values()
    return next((cell for cell in cells if cell.blocks > 1 or len(cell.state_names) > 1), None)


def named_cells(layers: list[Recurrent]) -> dict[str, Cell]:
    """Return the cells of recurrent layers by number and, where there are two, direction."""
    found: dict[str, Cell] = {}
    level = 0
    for each in layers:
        for place, cell in enumerate(each.cells):
            backwards = place % each.directions
            level += not backwards
            found[f"layer {level}{BACKWARDS if backwards else ''}"] = cell  # type: ignore[assignment]
    return found


def layer(name: str, cells: dict[str, Cell]) -> str:
    """Return the name of a cell as the beginning of a label: nothing where there is only one."""
    return f"{name}, " if len(cells) > 1 else ""


def state_in_words(key: str, cells: dict[str, Cell]) -> str:
    """Return the words for a key of `gradient_norms`: a cell's name and, if its state has several parts, a letter."""
    name = max((name for name in cells if key.startswith(name)), key=len)
    letter = key.removeprefix(name).strip() or cells[name].state_names[0]
    return f"{layer(name, cells)}{in_words(letter)}"


def symbols(x: Tensor, spec: DataSpec) -> list[str]:
    """Return labels of the steps of one sequence (T, ...): its symbols if they have names, else none."""
    if not spec.vocabulary or spec.input not in ("tokens", "onehot"):
        return []
    places = x.argmax(-1) if spec.input == "onehot" else x if x.ndim == 1 else x[:, 0]
    return [shown(spec.vocabulary[k], SYMBOL) for k in places.tolist()]


def first_recurrent(net: nn.Module) -> Cell | nn.RNNBase | None:
    """Return the first recurrent layer, None if there is none."""
    return next((module for module in net.modules() if isinstance(module, Cell | nn.RNNBase)), None)


ACTIVATIONS = Picture("activations", has_recurrent_layer, draw_activations)
NEXT_SYMBOLS = Picture("next_symbols", has_label_sets, draw_next_symbols)
GATES = Picture("gates", has_gates, draw_gates)
GRADIENTS = Picture("gradients", has_cells, draw_gradients)
SPECTRUM = Picture("spectrum", has_cells, draw_spectrum, "weights")
AUTOMATON = Picture("automaton", is_grammar, draw_automaton)
