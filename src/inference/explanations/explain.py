"""Explanations of the predictions of a run's network."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from ...config.explanations import MOST_IMAGES, check_methods
from ...errors import UserError
from ...preprocessing.base import Inputs
from ...runs.checkpoint import Checkpoint
from ...tasks.modes import evaluation_mode
from ...training.isolation import isolated, own_settings
from ..arguments import whole_number
from ..load import checkpoint_of, load
from ..run_data import checked_data, split_inputs
from ..trained import Trained
from .explanation import Explanation
from .methods import METHODS
from .subject import Subject

SEARCHED = 1 << 26  # pixels that are searched for the strongest images


def explain(
    source: str | Path,
    raw: Any = None,
    *,
    method: str = "saliency",
    target: str | int | None = None,
    layer: str | None = None,
    unit: int | None = None,
    images: int = 8,
    which: str | None = None,
    allow: Sequence[str] = (),
    model: Any = None,
    loss: Any = None,
) -> Explanation:
    """Return an explanation of what a run's network computes from images, as arrays with a figure.

    raw: images, see `nnzoo.predict`; None for the test examples of the run. method: saliency, guided, deconvnet,
    occlusion, synthesis, units, inversion, feature_maps or filters, see docs/explain.md. target: the class that is
    explained, None for the predicted one; layer, unit: a hidden unit in its place, or the layer of the method; images:
    how many are explained. which, allow, model, loss: see `load`.
    The result has the arrays by name, explanation["maps"], and `plot()`. Raises UserError for networks that do not read
    images, and for arguments that do not fit.
    """
    net = load(source, which=which, allow=allow, model=model, loss=loss)
    chunks = test_examples(net, checkpoint_of(source, which)) if raw is None else net.chunks(raw)
    return explained(net, chunks, method, target=target, layer=layer, unit=unit, images=images)


def explained(
    net: Trained,
    chunks: Iterator[Inputs],
    method: str,
    *,
    target: str | int | None,
    layer: str | None,
    unit: int | None,
    images: int,
) -> Explanation:
    """Return an explanation by one method; chunks: of preprocessed images. See `explain`."""
    given = {"class": target, "layer": layer, "unit": unit}
    check_methods([method], [key for key, value in given.items() if value is not None])
    return explanations(net, chunks, [method], target=target, layer=layer, unit=unit, images=images)[0]


def explanations(
    net: Trained,
    chunks: Iterator[Inputs],
    methods: Sequence[str],
    *,
    target: str | int | None,
    layer: str | None,
    unit: int | None,
    images: int,
) -> list[Explanation]:
    """Return explanations by several methods, whose arguments `check_methods` has checked. See `explained`."""
    images = whole_number("images", images, least=1, most=MOST_IMAGES)
    with own_settings(), evaluation_mode(net), torch.random.fork_rng(devices=[]):
        inputs = first_inputs(chunks, images, search="units" in methods)
        subject = Subject(net, inputs, images, target, layer, unit)
        try:
            return [METHODS[method](subject) for method in methods]
        except ValueError as error:
            raise UserError(str(error)) from error


def test_examples(net: Trained, checkpoint: Path) -> Iterator[Inputs]:
    """Return the examples of the test split of a run. Raises UserError if its data cannot be read or has changed."""
    with isolated():
        data = checked_data(net.config, Checkpoint.read(checkpoint))
    return split_inputs(data, "test")


def first_inputs(chunks: Iterator[Inputs], images: int, *, search: bool) -> Inputs:
    """Return the first images, or as many as are searched for the strongest."""
    parts: list[Inputs] = []
    for part in chunks:
        most = max(images, SEARCHED // max(1, part.x[0].numel())) if search else images
        rest = most - sum(len(each.x) for each in parts)
        parts.append(Inputs(part.x[:rest], None, {name: values[:rest] for name, values in part.names.items()}))
        if len(part.x) >= rest:
            break
    names = {name: [value for part in parts for value in part.names[name]] for name in parts[0].names}
    return Inputs(torch.cat([part.x for part in parts]), None, names)
