import pytest
import torch
from nnzoo.figures.classes.boundary import grid
from nnzoo.figures.points.generated import plot_generated, plot_points

from ..checks import check_figure

REAL = torch.randn(60, 2)
GENERATED = torch.randn(50, 2) + 0.1


def offsets(figure, number=0):
    """Return the points of each kind drawn in one of the axes."""
    return [torch.tensor(dots.get_offsets().data).float() for dots in figure.axes[number].collections]


def test_points_over_probabilities_of_the_discriminator():
    positions = grid(REAL)
    probability = torch.rand(positions.shape[:2])
    fake = torch.cat([GENERATED, torch.tensor([[50.0, 0.0], [0.0, -50.0]])])
    inside = (fake >= positions[0, 0]) & (fake <= positions[-1, -1])
    outside = int((~inside.all(1)).sum())
    figure = check_figure(plot_points(REAL, fake, positions, probability, ["length (cm)", "width (cm)"]))
    assert [torch.equal(found, given) for found, given in zip(offsets(figure), (REAL, fake), strict=True)] == [True] * 2
    ax, bar = figure.axes
    assert torch.equal(torch.tensor(ax.images[0].get_array().data), probability)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("length (cm)", "width (cm)")
    (left, bottom), (right, top) = positions[0, 0].tolist(), positions[-1, -1].tolist()
    assert ax.images[0].get_extent() == [left, right, bottom, top]
    assert (ax.get_xlim(), ax.get_ylim()) == ((left, right), (bottom, top))
    assert bar.get_ylabel() == "discriminator: probability of real"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["real points", "generated points"]
    assert figure.get_suptitle() == f"real and generated points, {outside} of 52 outside the limits"
    assert check_figure(plot_points(REAL, REAL, positions, probability)).get_suptitle() == "real and generated points"


def test_generated_points_by_epoch():
    times = {f"epoch {n}:\ndistance {1 / (n + 1):.2g}": GENERATED + n for n in (0, 1, 2, 4, 8, 10)}
    figure = check_figure(plot_generated(REAL, times))
    assert [ax.get_title() for ax in figure.axes] == list(times)
    for number, points in enumerate(times.values()):
        real, fake = offsets(figure, number)
        assert torch.equal(real, REAL)
        assert torch.equal(fake, points)
    assert len({(ax.get_xlim(), ax.get_ylim()) for ax in figure.axes}) == 1
    for points, (low, high) in zip(REAL.T, (figure.axes[0].get_xlim(), figure.axes[0].get_ylim()), strict=True):
        margin = 0.15 * float(points.max() - points.min())
        assert (low, high) == pytest.approx((float(points.min()) - margin, float(points.max()) + margin), rel=1e-5)


def test_points_on_the_limits_are_inside():
    positions = grid(torch.tensor([[0.0, 10.0], [1.0, 30.0]]), 3)
    corners = torch.stack([positions[0, 0], positions[-1, -1], positions[0, -1], positions[-1, 0]])
    figure = plot_points(REAL, corners, positions, torch.rand(3, 3))
    assert figure.get_suptitle() == "real and generated points"
    beyond = corners + torch.tensor([[-1.0, 0], [0, 1], [1, 0], [0, 0]])
    figure = plot_points(REAL, beyond, positions, torch.rand(3, 3))
    assert figure.get_suptitle() == "real and generated points, 3 of 4 outside the limits"
