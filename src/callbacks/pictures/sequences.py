"""Pictures of networks that write sequences. Shapes: N examples, U symbols."""

from matplotlib.figure import Figure

from ...figures.recurrent.written import Written, plot_sequences
from ...text.sequences import decode_sequences
from .base import Picture
from .examples import Examples
from .recurrent import symbols


def writes_sequences(examples: Examples) -> bool:
    """Tell whether a network writes sequences, of what has names."""
    spec = examples.spec
    return spec.target == "sequence" and bool(spec.vocabulary) and spec.input in ("tokens", "onehot")


def draw_sequences(examples: Examples) -> Figure:
    """Write what was read, was to be written and was written, wrong ones first."""
    spec = examples.spec
    predicted, true = (decode_sequences(sequences, spec.labels) for sequences in examples.predicted)
    wrong = [place for place, text in enumerate(predicted) if text != true[place]]
    right = [place for place, text in enumerate(predicted) if text == true[place]]
    rows = []
    for place in [*wrong, *right][: examples.images]:
        batch = examples.rows(slice(place, place + 1))
        steps = batch.x.shape[1] if batch.mask is None else int(batch.mask.sum())
        read = symbols(batch.x[0, :steps], spec)
        space = "" if all(len(symbol) == 1 for symbol in read) else " "
        rows.append(Written(space.join(read), true[place], predicted[place]))
    return plot_sequences(rows, len(wrong), len(true))


SEQUENCES = Picture("sequences", writes_sequences, draw_sequences)
