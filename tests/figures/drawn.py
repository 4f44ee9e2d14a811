"""What holds for every figure, whatever it shows."""

from itertools import combinations, pairwise

from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from nnzoo.figures.style import DPI, SMALL

CARD = 450  # pixels, the width at which TensorBoard shows an image
SPARE = 1.5  # pixels by which anti-aliased letters may stand out


def drawn(figure: Figure, *, smallest: float = SMALL, width: int = CARD) -> Figure:
    """Draw it, with warnings as errors; nothing is cut off, too small, or upon other text."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    size = canvas.get_width_height()
    assert figure.dpi == DPI
    assert size[0] == width
    assert size[1] <= 1000
    for text in written(figure):
        box = extent(text)
        assert box.x0 >= -SPARE, f"{text.get_text()!r} is cut off on the left"
        assert box.y0 >= -SPARE, f"{text.get_text()!r} is cut off at the bottom"
        assert box.x1 <= size[0] + SPARE, f"{text.get_text()!r} is cut off on the right"
        assert box.y1 <= size[1] + SPARE, f"{text.get_text()!r} is cut off at the top"
        assert text.get_fontsize() >= smallest, f"{text.get_text()!r} is too small"
    for axis in figure.findobj(Axis):
        labels = [label for label in axis.get_ticklabels() if label in written(figure)]
        for one, other in pairwise(labels):
            assert not overlap(one, other), f"{one.get_text()!r} is upon {other.get_text()!r}"
    titles = [text for ax in figure.axes for text in (ax.title, ax._left_title, ax.xaxis.label, ax.yaxis.label)]
    titles += [text for text in (figure._suptitle, figure._supxlabel) if text is not None]
    titles += [text for legend in figure.legends for text in legend.get_texts()]
    for one, other in combinations([text for text in titles if text.get_text()], 2):
        assert not overlap(one, other), f"{one.get_text()!r} is upon {other.get_text()!r}"
    return figure


def written(figure: Figure) -> list[Text]:
    """Return the texts that can be seen; ticks beyond the limits of an axis are not drawn."""
    beyond = set()
    for axis in figure.findobj(Axis):
        low, high = sorted(axis.get_view_interval())
        ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
        beyond |= {tick.label1 for tick in ticks if not low - 1e-9 <= tick.get_loc() <= high + 1e-9}
        beyond |= {tick.label2 for tick in ticks}
        if not axis.axes.axison:
            beyond |= {tick.label1 for tick in ticks} | {axis.label}
    return [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip() and t not in beyond]


def extent(text: Text) -> Bbox:
    """Return the pixels that a text covers, without the box behind it."""
    return Text.get_window_extent(text)


def overlap(one: Text, other: Text) -> bool:
    """Tell whether two texts cover the same pixels."""
    a, b = extent(one), extent(other)
    across = min(a.x1, b.x1) - max(a.x0, b.x0)
    upwards = min(a.y1, b.y1) - max(a.y0, b.y0)
    return across > SPARE and upwards > SPARE
