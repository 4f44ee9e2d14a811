"""Checks for all figures."""

import re
from itertools import combinations, pairwise

import pytest
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from nnzoo.figures.style import DPI, SMALL

CARD = 450  # width in pixels at which TensorBoard shows an image
TOLERANCE = 1.5  # tolerance in pixels for anti-aliased letters


def check_figure(figure: Figure, *, smallest: float = SMALL, width: int = CARD) -> Figure:
    """Render a figure and return it. Fails if text is cut off, too small, or covered by other text."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    size = canvas.get_width_height()
    assert figure.dpi == DPI
    assert size[0] == width
    assert size[1] <= 1000
    for text in visible_texts(figure):
        box = extent(text)
        assert box.x0 >= -TOLERANCE, f"{text.get_text()!r} is cut off on the left"
        assert box.y0 >= -TOLERANCE, f"{text.get_text()!r} is cut off at the bottom"
        assert box.x1 <= size[0] + TOLERANCE, f"{text.get_text()!r} is cut off on the right"
        assert box.y1 <= size[1] + TOLERANCE, f"{text.get_text()!r} is cut off at the top"
        assert text.get_fontsize() >= smallest, f"{text.get_text()!r} is too small"
    for axis in figure.findobj(Axis):
        labels = [label for label in axis.get_ticklabels() if label in visible_texts(figure)]
        for one, other in pairwise(labels):
            assert not overlap(one, other), f"{one.get_text()!r} covers {other.get_text()!r}"
    for ax in figure.axes:
        for image in ax.images if ax.get_aspect() == 1 else ():
            left, right, bottom, top = image.get_extent()
            height, columns = image.get_array().shape[:2]
            assert abs((bottom - top) / (right - left)) == pytest.approx(height / columns), "a stretched image"
    for name in ("xaxis", "yaxis"):
        axes = [(getattr(ax, name), ax) for ax in figure.axes if ax.axison and ax.has_data()]
        named = any(axis.get_label_text() or ax.get_title() or ax.get_title(loc="left") for axis, ax in axes)
        numbers = any(is_number(label.get_text()) for axis, _ in axes for label in axis.get_ticklabels())
        assert named or not numbers, f"no {name} with numbers has a label"
    titles = [text for ax in figure.axes for text in (ax.title, ax._left_title, ax.xaxis.label, ax.yaxis.label)]
    titles += [text for text in (figure._suptitle, figure._supxlabel) if text is not None]
    titles += [text for legend in figure.legends for text in legend.get_texts()]
    for one, other in combinations([text for text in titles if text.get_text()], 2):
        assert not overlap(one, other), f"{one.get_text()!r} covers {other.get_text()!r}"
    return figure


def visible_texts(figure: Figure) -> list[Text]:
    """Return the visible texts. Ticks outside the limits of an axis are not drawn."""
    hidden = set()
    for axis in figure.findobj(Axis):
        low, high = sorted(axis.get_view_interval())
        ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
        hidden |= {tick.label1 for tick in ticks if not low - 1e-9 <= tick.get_loc() <= high + 1e-9}
        hidden |= {tick.label2 for tick in ticks}
        if not axis.axes.axison:
            hidden |= {tick.label1 for tick in ticks} | {axis.label}
    return [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip() and t not in hidden]


def is_number(text: str) -> bool:
    """Return whether the label of a tick is a number, or a power of ten."""
    return bool(re.fullmatch(r"[\u2212-]?[\d.,]+(e[\u2212-]?\d+)?%?|\$\\mathdefault\{.*\}\$", text))


def extent(text: Text) -> Bbox:
    """Return the pixels that a text covers, without its background box."""
    return Text.get_window_extent(text)


def overlap(one: Text, other: Text) -> bool:
    """Return whether two texts cover the same pixels."""
    a, b = extent(one), extent(other)
    across = min(a.x1, b.x1) - max(a.x0, b.x0)
    upwards = min(a.y1, b.y1) - max(a.y0, b.y0)
    return across > TOLERANCE and upwards > TOLERANCE
