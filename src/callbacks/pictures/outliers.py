"""Pictures of outlier scores of networks that reconstruct their input."""

import torch
from matplotlib.figure import Figure

from ...analysis.outliers import Members, OutlierScores, outlier_scores, why_no_outliers
from ...figures.images.outliers import plot_outlier_images
from ...figures.images.predicted import MAX_PAIRS
from ...figures.values.outliers import plot_outlier_scores
from ...preprocessing.default import default
from ...preprocessing.input_columns import input_columns
from .base import Picture
from .examples import Examples

QUANTILE = 0.99  # of the training scores, the threshold
MAX_TRAINING = 10_000  # training examples for the threshold
BLOCK = 1000


def has_scores(examples: Examples) -> bool:
    """Return whether the network gives outlier scores."""
    return why_no_outliers(examples.spec) is None and isinstance(examples.net, Members)


def draw_outliers(examples: Examples) -> Figure:
    """Draw the images with the highest scores, or else the scores of rows and columns."""
    scores = scores_of(examples, len(examples.loader.split))
    threshold = training_threshold(examples)
    if examples.spec.form == "image":
        top = scores.rows.argsort(descending=True, stable=True)[:MAX_PAIRS]
        x = examples.rows(top).x
        output = examples.restored(examples.predict(x).view_as(x))
        return plot_outlier_images(examples.restored(x), output, scores.rows[top], threshold=threshold)
    names, columns = column_names(examples), list(dict.fromkeys(column_names(examples)))
    index = torch.tensor([columns.index(name) for name in names])
    by_column = torch.zeros(len(scores.rows), len(columns), dtype=torch.float64).index_add_(1, index, scores.entries)
    return plot_outlier_scores(scores.rows, by_column, columns, threshold=threshold)


def scores_of(examples: Examples, n: int) -> OutlierScores:
    """Return the scores of `n` evenly spaced examples, on the CPU."""
    index = torch.arange(n) * len(examples.loader.split) // n
    net, parts = examples.net, []
    assert isinstance(net, Members)
    for some in index.to(examples.loader.split.base.x.device).split(BLOCK):
        with examples.trainer.precision_plugin.forward_context():
            x = examples.rows(some).x
            parts.append(outlier_scores(net, examples.task.head, x, partial=examples.spec.partial))
    return OutlierScores(*(torch.cat(each).cpu() for each in zip(*parts, strict=True)))


def training_threshold(examples: Examples) -> float | None:
    """Return a quantile of the scores of training examples, None if the network is only evaluated."""
    if examples.task.cursor is None:
        return None
    training = Examples(examples.trainer, examples.task, examples.task.cursor.loader)
    scores = scores_of(training, min(MAX_TRAINING, len(training.loader.split)))
    return float(scores.rows.quantile(QUANTILE))


def column_names(examples: Examples) -> tuple[str, ...]:
    """Return the name of the column behind each input."""
    recorded = examples.task.record()["preprocessing"] if examples.task.record is not None else {"kind": "numbers"}
    preprocessing = default(examples.spec)
    if recorded["kind"] in ("table", "rating_rows", "word_counts"):
        from ...preprocessing.restore import restore  # pandas is slow to import; most of these data have imported it

        preprocessing = restore(recorded)
    return input_columns(preprocessing, examples.loader.transforms, examples.spec.shape)


OUTLIERS = Picture("outliers", has_scores, draw_outliers)
