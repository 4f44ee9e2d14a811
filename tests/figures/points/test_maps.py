import pytest
import torch
from matplotlib.colors import to_hex
from nnzoo.figures.points.maps import MAP_COLOURS, plot_maps

from ..checks import check_figure

MAPS = {f"map {k}\n5-NN accuracy 0.123": torch.randn(50, 2) for k in range(3)}


def offsets(dots):
    return torch.tensor(dots.get_offsets().data).float()


def test_classes_have_the_same_colours_in_all_maps_and_in_the_legend():
    classes = torch.arange(50) % 12
    *maps, corner = check_figure(plot_maps(MAPS, classes, tuple("abcdefghijkl"))).axes
    assert [ax.get_title() for ax in maps] == list(MAPS)
    for ax, points in zip(maps, MAPS.values(), strict=True):
        for k, dots in enumerate(ax.collections):
            assert torch.equal(offsets(dots), points[classes == k])
            assert to_hex(dots.get_facecolor()[0]).upper() == MAP_COLOURS[k % 10]
    assert [text.get_text() for text in corner.get_legend().get_texts()] == list("abcdefghijkl")
    first, eleventh = (maps[0].collections[k].get_paths()[0].vertices for k in (0, 10))
    assert first.shape != eleventh.shape  # the same colour, another marker


def test_classes_that_do_not_occur_keep_their_colours():
    *_, ax, _corner = check_figure(plot_maps(MAPS, torch.tensor([2, 5]).repeat(25), ("",) * 9)).axes
    assert [to_hex(dots.get_facecolor()[0]).upper() for dots in ax.collections] == [MAP_COLOURS[2], MAP_COLOURS[5]]


def test_numbers_have_a_scale_of_colours():
    numbers = torch.linspace(-3, 9, 50)
    *maps, corner = check_figure(plot_maps(MAPS, numbers, ("length (cm)",))).axes
    (bar,) = corner.child_axes
    for ax in maps:
        assert torch.equal(torch.tensor(ax.collections[0].get_array().data), numbers)
    assert bar.get_ylabel() == "length (cm)"
    assert bar.get_ylim() == (-3, 9)


@pytest.mark.parametrize("target", [None, torch.arange(50)])
def test_without_a_target_or_with_many_classes_all_points_are_grey(target):
    *maps, corner = check_figure(plot_maps(MAPS, target)).axes
    assert [len(ax.collections) for ax in maps] == [1, 1, 1]
    assert corner.get_legend() is None


@pytest.mark.parametrize("classes", [1, 25])
def test_long_names_of_few_and_many_classes(classes):
    names = tuple(f"a rather long name of class {k}" for k in range(classes))
    check_figure(plot_maps(MAPS, torch.arange(50) % classes, names))


def test_a_legend_of_up_to_25_classes():
    for classes in (1, 2, 25, 26):
        target = torch.arange(50) % classes
        *maps, corner = plot_maps(MAPS, target).axes
        assert len(maps[0].collections) == (classes if classes <= 25 else 1)
        assert (corner.get_legend() is not None) == (1 < classes <= 25)
        assert not corner.axison


@pytest.mark.parametrize(("classes", "columns", "letters"), [(12, 1, 19), (13, 2, 9), (24, 2, 9), (25, 3, 5)])
def test_the_more_columns_a_legend_has_the_shorter_are_its_names(classes, columns, letters):
    *_, corner = plot_maps(MAPS, torch.arange(50) % classes, ("x" * 30,) * classes).axes
    legend = corner.get_legend()
    assert legend._ncols == columns
    assert {text.get_text() for text in legend.get_texts()} == {"x" * letters + "…"}


def test_points_are_smaller_if_there_are_more_than_500():
    for target in (None, torch.zeros(600), torch.zeros(600, dtype=torch.long)):
        sizes = []
        for count in (10, 500, 501):
            maps = dict.fromkeys(("a", "b", "c"), torch.randn(count, 2))
            figure = plot_maps(maps, None if target is None else target[:count])
            sizes.append(figure.axes[0].collections[0].get_sizes()[0])
        assert sizes[0] == sizes[1] > sizes[2]


def test_a_number_without_a_name_is_the_target():
    *_, corner = plot_maps(MAPS, torch.rand(50)).axes
    assert corner.child_axes[0].get_ylabel() == "target"
    assert corner.get_legend() is None
