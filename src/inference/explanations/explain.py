"""Explanations of the predictions of a run's network."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from ...config.explanations import METHODS as KNOWN_METHODS
from ...config.explanations import MOST_IMAGES, check_methods
from ...errors import UserError
from ...preprocessing.base import Inputs
from ...preprocessing.images import ImagePreprocessing
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
SEARCHING = ("units",)  # methods that search for images
WITHOUT_IMAGES = tuple(name for name, arguments in KNOWN_METHODS.items() if "input" not in arguments)

Source = Callable[[bool], Iterator[Inputs]]
"""A function that returns preprocessed images in pieces: those to draw or, if it is called with True, all."""


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
    images = whole_number("images", images, least=1, most=MOST_IMAGES)
    net = load(source, which=which, allow=allow, model=model, loss=loss)
    checkpoint = checkpoint_of(source, which)
    inputs = default_images(net, checkpoint, [method], images) if raw is None else given_images(net, raw)
    return explained(net, inputs, method, target=target, layer=layer, unit=unit, images=images)


def explained(
    net: Trained,
    source: Source,
    method: str,
    *,
    target: str | int | None,
    layer: str | None,
    unit: int | None,
    images: int,
) -> Explanation:
    """Return an explanation by one method. See `explain`."""
    given = {"class": target, "layer": layer, "unit": unit}
    check_methods([method], [key for key, value in given.items() if value is not None])
    return explanations(net, source, [method], target=target, layer=layer, unit=unit, images=images)[0]


def explanations(
    net: Trained,
    source: Source,
    methods: Sequence[str],
    *,
    target: str | int | None,
    layer: str | None,
    unit: int | None,
    images: int,
) -> list[Explanation]:
    """Return explanations by several methods, whose arguments `check_methods` has checked. See `explained`."""
    images = whole_number("images", images, least=1, most=MOST_IMAGES)
    if unit is not None:
        unit = whole_number("unit", unit)
    with own_settings(), evaluation_mode(net), torch.random.fork_rng(devices=[]):
        subjects = {
            search: Subject(net, first_inputs(source(search), images, search=search), images, target, layer, unit)
            for search in sorted({method in SEARCHING for method in methods})
        }
        try:
            return [METHODS[method](subjects[method in SEARCHING]) for method in methods]
        except ValueError as error:
            raise UserError(str(error)) from error


def given_images(net: Trained, raw: Any) -> Source:
    """Return images of the user as a source."""
    return lambda search: net.chunks(raw)


def default_images(net: Trained, checkpoint: Path, methods: Sequence[str], images: int) -> Source:
    """Return the test examples of a run, or a blank image if the methods need none, so that the data is not read."""
    if not set(methods) <= {*WITHOUT_IMAGES}:
        return test_examples(net, checkpoint, images)
    before = net.preprocessing if isinstance(net.preprocessing, ImagePreprocessing) else net.spec
    blank = torch.zeros(1, *before.shape)
    return lambda search: iter([Inputs(blank, None, {"index": [0]})])


def test_examples(net: Trained, checkpoint: Path, images: int) -> Source:
    """Return the test split of a run as a source; the images are taken at equal intervals, since it may be sorted.

    Raises UserError if its data cannot be read or has changed.
    """
    with isolated():
        data = checked_data(net.config, Checkpoint.read(checkpoint))
    count = len(data.splits["test"])
    some = torch.linspace(0, count - 1, min(count, images)).round().long()
    return lambda search: split_inputs(data, "test", None if search else some)


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
