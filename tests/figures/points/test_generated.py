import torch
from nnzoo.figures.classes.boundary import grid
from nnzoo.figures.points.generated import plot_generated, plot_points

from ..drawn import drawn

REAL = torch.randn(60, 2)
MADE = torch.randn(50, 2) + 0.1


def offsets(figure, number=0):
    """The points of each kind in one of the axes, as they are drawn."""
    return [torch.tensor(dots.get_offsets().data).float() for dots in figure.axes[number].collections]


def test_points_over_what_the_discriminator_says():
    places = grid(REAL)
    probability = torch.rand(places.shape[:2])
    made = torch.cat([MADE, torch.tensor([[50.0, 0.0], [0.0, -50.0]])])
    inside = (made >= places[0, 0]) & (made <= places[-1, -1])
    beyond = int((~inside.all(1)).sum())
    figure = drawn(plot_points(REAL, made, places, probability, ["length (cm)", "width (cm)"]))
    assert [torch.equal(found, given) for found, given in zip(offsets(figure), (REAL, made), strict=True)] == [True] * 2
    ax, bar = figure.axes
    assert torch.equal(torch.tensor(ax.images[0].get_array().data), probability)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("length (cm)", "width (cm)")
    assert bar.get_ylabel() == "discriminator: probability of real"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["real points", "generated points"]
    assert figure.get_suptitle() == f"real and generated points, {beyond} of 52 out of sight"
    assert drawn(plot_points(REAL, REAL, places, probability)).get_suptitle() == "real and generated points"


def test_generated_points_time_by_time():
    times = {f"epoch {n}:\ndistance {1 / (n + 1):.2g}": MADE + n for n in (0, 1, 2, 4, 8, 10)}
    figure = drawn(plot_generated(REAL, times))
    assert [ax.get_title() for ax in figure.axes] == list(times)
    for number, points in enumerate(times.values()):
        real, made = offsets(figure, number)
        assert torch.equal(real, REAL)
        assert torch.equal(made, points)
    assert len({(ax.get_xlim(), ax.get_ylim()) for ax in figure.axes}) == 1
    (low, high), points = figure.axes[0].get_xlim(), REAL[:, 0]
    assert low < points.min() < points.max() < high
