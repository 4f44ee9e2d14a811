"""Pictures of the reconstructions of points and of the columns of a table.

Shapes: N examples, F inputs, G columns.
"""

import torch
from matplotlib.figure import Figure
from torch import Tensor

from ...figures.points.reconstructed import plot_arrows, plot_clouds
from ...figures.values.columns import plot_column_errors
from ...layers.corruption import Corruption
from ...spec import Batch
from .base import Picture
from .classes import plane
from .codes import evenly_spaced, reconstructs
from .examples import Examples
from .maps import known_target


def reconstructs_points(examples: Examples) -> bool:
    """Return whether the network reconstructs points in the plane or in space."""
    spec = examples.spec
    return reconstructs(spec) and spec.form == "vector" and spec.shape in ((2,), (3,))


def reconstructed(examples: Examples, x: Tensor) -> tuple[Tensor | None, Tensor]:
    """Return inputs with the noise of a denoising network, or None without noise, and the reconstructions.

    The noise is the same for every picture.
    """
    layer = next((layer for layer in examples.net.modules() if isinstance(layer, Corruption)), None)
    if layer is None:
        return None, examples.predict(x).view_as(x)
    passed: list[Tensor] = []
    hook = layer.register_forward_hook(lambda _, __, noisy: passed.append(noisy))
    try:
        output = examples.predict(x).view_as(x)
    finally:
        hook.remove()
    if passed and not torch.equal(noisy := passed[0].view_as(x), x):
        return noisy, output  # the network also corrupts its inputs in evaluation
    torch.manual_seed(0)  # does not affect training
    noisy = layer.corrupt(x)
    return noisy, examples.predict(noisy).view_as(x)


def draw_points(examples: Examples) -> Figure:
    """Draw points, those with noise of a denoising network, and their reconstructions; at most 1000."""
    batch: Batch = examples.rows(evenly_spaced(examples))
    noisy, output = reconstructed(examples, batch.x)
    given = batch.x if noisy is None else noisy
    x, given, output = (each.float().cpu() for each in (batch.x, given, output))
    if x.shape[1] == 2:
        axes = plane(examples.task)
        mixed = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))  # for the arrows that are drawn
        x, given, output = (axes.in_units(each[mixed]) for each in (x, given, output))
        return plot_arrows(x, given, output, noisy=noisy is not None, axes=axes.names)
    target = known_target(examples, batch.y)
    clouds = {"input": x, "output": output} if noisy is None else {"input": x, "with noise": given, "output": output}
    return plot_clouds(clouds, None if target is None else target.values)


def columns(examples: Examples) -> list[tuple[str, int]]:
    """Return the names of the columns of a table and the number of inputs of each; empty without a table."""
    record = examples.task.record() if examples.task.record is not None else {}
    recorded = {} if record.get("transforms") else record.get("preprocessing", {})  # transformed axes are not columns
    if recorded.get("kind") != "table":
        return []
    # imported late: pandas is slow to import, but already loaded for a table
    from ...preprocessing.restore import restore
    from ...preprocessing.tables import TablePreprocessing

    table = restore(recorded)
    assert isinstance(table, TablePreprocessing)
    return [(column.name, column.width) for column in table.columns]


def reconstructs_columns(examples: Examples) -> bool:
    """Return whether the network reconstructs the rows of a table with at least two columns."""
    return reconstructs(examples.spec) and len(columns(examples)) > 1


def draw_column_errors(examples: Examples) -> Figure:
    """Draw the error of each column relative to its variance; columns that do not vary are left out."""
    predicted, true = (values.double() for values in examples.predicted)
    names, widths = zip(*columns(examples), strict=True)
    errors, spreads = (
        torch.stack([part.sum() for part in squares.sum(0).split(list(widths))])
        for squares in ((predicted - true).square(), (true - true.mean(0)).square())
    )
    varies = spreads > 1e-12 * len(true)
    shown = [name for name, some in zip(names, varies.tolist(), strict=True) if some]
    return plot_column_errors(errors[varies] / spreads[varies], shown)


POINTS = Picture("reconstructed_points", reconstructs_points, draw_points)
COLUMN_ERRORS = Picture("column_errors", reconstructs_columns, draw_column_errors)
