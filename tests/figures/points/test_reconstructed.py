import torch
from nnzoo.figures.points.reconstructed import ARROWS, plot_arrows, plot_clouds
from torch.testing import assert_close

from ..checks import check_figure

POINTS = torch.randn(150, 2)
NOISY, OUTPUT = POINTS + 0.5, POINTS - 0.25


def test_arrows_lead_from_noisy_points_to_outputs():
    figure = check_figure(plot_arrows(POINTS, NOISY, OUTPUT, noisy=True, axes=("a (m)", "b (m)")))
    (ax,) = figure.axes
    points, noisy, output, arrows = ax.collections
    assert_close(torch.tensor(points.get_offsets().data).float(), POINTS)
    assert_close(torch.tensor(noisy.get_offsets().data).float(), NOISY[:ARROWS])
    assert_close(torch.tensor(output.get_offsets().data).float(), OUTPUT[:ARROWS])
    assert_close(torch.tensor(arrows.XY).float(), NOISY[:ARROWS])
    assert_close(torch.stack([torch.tensor(arrows.U), torch.tensor(arrows.V)], 1).float(), (OUTPUT - NOISY)[:ARROWS])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("a (m)", "b (m)")
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["points", "with noise", "output"]
    assert figure.get_suptitle() == "reconstruction of noisy points"
    for low, high, limits in zip(
        NOISY[:ARROWS].amin(0), NOISY[:ARROWS].amax(0), (ax.get_xlim(), ax.get_ylim()), strict=True
    ):
        assert limits[0] <= low
        assert high <= limits[1]


def test_without_noise_arrows_start_at_the_points():
    figure = check_figure(plot_arrows(POINTS, POINTS, OUTPUT, noisy=False))
    assert len(figure.axes[0].collections) == 3
    assert figure.get_suptitle() == "reconstruction of points"


def test_clouds_have_the_limits_and_the_colours_of_the_first():
    x, colours = torch.randn(30, 3), torch.arange(30.0)
    clouds = {"input": x, "with noise": 3 * x, "output": 0.5 * x}
    figure = check_figure(plot_clouds(clouds, colours))
    assert [ax.get_title() for ax in figure.axes] == list(clouds)
    for ax, points in zip(figure.axes, clouds.values(), strict=True):
        (dots,) = ax.collections
        assert_close(torch.tensor(dots._offsets3d[2]).float(), points[:, 2])
        assert_close(torch.tensor(dots.get_array()).float(), colours)
        for values, limits in zip(x.T, (ax.get_xlim(), ax.get_ylim(), ax.get_zlim()), strict=True):
            assert_close(torch.tensor(limits).float(), torch.stack([values.min(), values.max()]))
        labels = [label.get_text() for axis in (ax.xaxis, ax.yaxis, ax.zaxis) for label in axis.get_ticklabels()]
        assert set(labels) <= {""}
    assert [ax.get_subplotspec().colspan.start for ax in figure.axes] == [0, 1, 2]
    assert {ax.get_gridspec().nrows for ax in figure.axes} == {1}
    two = check_figure(plot_clouds({"input": x, "output": x}))
    assert two.axes[0].collections[0].get_array() is None  # all points are grey
    assert two.get_figheight() > figure.get_figheight()  # two clouds are larger than three


def test_clouds_of_a_constant_coordinate():
    x = torch.randn(30, 3)
    x[:, 1] = 7
    figure = check_figure(plot_clouds({"input": x, "output": x}))
    assert [ax.get_ylim() for ax in figure.axes] == [(6.5, 7.5)] * 2
