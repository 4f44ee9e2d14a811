"""Pictures of networks that predict sequences. Shapes: N examples, U symbols."""

from matplotlib.figure import Figure

from ...figures.recurrent.sequence_table import SequenceRow, plot_sequences
from ...text.sequences import decode_sequences
from .base import Picture
from .examples import Examples
from .recurrent import step_labels


def predicts_sequences(examples: Examples) -> bool:
    """Return whether the network predicts sequences of symbols with names."""
    spec = examples.spec
    return spec.target == "sequence" and bool(spec.vocabulary) and spec.input in ("tokens", "onehot")


def draw_sequences(examples: Examples) -> Figure:
    """Draw a table of input, target and predicted sequences, wrong predictions first."""
    spec = examples.spec
    predicted, true = (decode_sequences(sequences, spec.labels) for sequences in examples.predicted)
    wrong = [index for index, text in enumerate(predicted) if text != true[index]]
    correct = [index for index, text in enumerate(predicted) if text == true[index]]
    rows = []
    for index in [*wrong, *correct][: examples.images]:
        batch = examples.rows(slice(index, index + 1))
        steps = batch.x.shape[1] if batch.mask is None else int(batch.mask.sum())
        inputs = step_labels(batch.x[0, :steps], spec)
        space = "" if all(len(symbol) == 1 for symbol in inputs) else " "
        rows.append(SequenceRow(space.join(inputs), true[index], predicted[index]))
    return plot_sequences(rows, len(wrong), len(true))


SEQUENCES = Picture("sequences", predicts_sequences, draw_sequences)
