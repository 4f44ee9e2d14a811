import pytest
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from nnzoo.figures.style import RC, new_figure
from nnzoo.figures.sweeps.scale import FEW, Scale, evenness, scale_of
from nnzoo.figures.sweeps.ticks import axes_width, choose_ticks, fits, positions, powers, round_ticks, width

from ..checks import extent

SYMLOG = Scale("symlog", threshold=1e-3)


@pytest.mark.parametrize("scale", [Scale("linear"), Scale("log"), SYMLOG])
@pytest.mark.parametrize("x", [1e-9, 1e-3, 0.2, 70.0])
def test_inverse(scale: Scale, x: float) -> None:
    assert scale.inverse(scale.forward(x)) == pytest.approx(x)


def test_symlog_is_symmetric_and_continuous() -> None:
    assert SYMLOG.forward(0) == 0
    assert SYMLOG.forward(-1.0) == -SYMLOG.forward(1.0) == -4
    assert SYMLOG.forward(1e-3) == pytest.approx(SYMLOG.forward(1.000001e-3), abs=1e-5) == 1


def test_free_space_is_a_fraction_of_what_is_seen() -> None:
    assert Scale("linear").limits([2.0, 4.0], 0.5, 0.25) == (1.0, 4.5)
    assert Scale("log").limits([1.0, 100.0], 0.5, 1.0) == pytest.approx((0.1, 1e4))


@pytest.mark.parametrize(
    ("scale", "x", "limits"),
    [
        (Scale("linear"), 2.0, (1.9, 2.1)),
        (Scale("linear"), -2.0, (-2.1, -1.9)),
        (Scale("linear"), 0.0, (-0.5, 0.5)),
        (Scale("log"), 10.0, (10**0.5, 10**1.5)),
        (Scale("category", ("a",)), 0.0, (-0.5, 0.5)),
    ],
)
def test_a_single_coordinate_is_in_the_middle(scale: Scale, x: float, limits: tuple[float, float]) -> None:
    assert scale.limits([x, x], 0.0, 0.0) == pytest.approx(limits)
    low, high = map(scale.forward, scale.limits([x], 0.1, 0.1))
    span = scale.forward(limits[1]) - scale.forward(limits[0])
    assert high - low == pytest.approx(1.2 * span)


@pytest.mark.parametrize(
    ("settings", "log", "kind"),
    [
        ([0.1, 0.2], False, "linear"),
        ([0.1, 0.2], True, "log"),
        ([1, 2, 3, 5], False, "linear"),
        ([0.001, 0.01, 0.1], False, "log"),
        ([0, 0.001, 0.01, 0.1], False, "symlog"),
        ([-1, 0.5], True, "symlog"),
        ([0.0], True, "linear"),
        ([0.001, 1.0], False, "linear"),
        ([10.0**-k for k in range(12)], False, "log"),
        ([-1.0, 0.001, 0.01, 0.1], False, "linear"),
        ([10.0**-k for k in range(13)], False, "linear"),  # too many to be chosen by hand
        ([1.0, "a"], True, "category"),
    ],
)
def test_scale_of(settings: list[float | str], log: bool, kind: str) -> None:
    assert scale_of(settings, log).kind == kind


def test_tried_settings_have_ticks_while_they_fit() -> None:
    tried, scale = [0.001, 0.01, 0.1, 1.0], Scale("log")
    wide = choose_ticks(scale, tried, (0.001, 1.0), 300, upright=True)
    assert (wide.labels, wide.upright) == (["0.001", "0.01", "0.1", "1"], False)
    assert choose_ticks(scale, tried, (0.001, 1.0), 60, upright=True).upright
    narrow = choose_ticks(scale, tried, (0.001, 1.0), 60, upright=False)
    assert len(narrow.labels) < 4
    many = [k / 7 for k in range(100)]
    ticks = choose_ticks(Scale("linear"), many, (0.0, 15.0), 200, upright=True)
    assert 2 <= len(ticks.at) <= 8
    assert ticks.labels == [f"{x:g}" for x in ticks.at]


def test_up_to_few_settings_have_a_tick_each() -> None:
    for count, each in ((FEW, True), (FEW + 1, False)):
        tried = [k / 7 for k in range(count)]
        assert (choose_ticks(Scale("linear"), tried, (0.0, 2.0), 2000, upright=False).at == tried) == each


def test_every_kth_category_has_a_tick() -> None:
    scale = scale_of([f"name {k:02}" for k in range(40)], log=False)
    ticks = choose_ticks(scale, [], (-0.5, 39.5), 260, upright=True)
    assert ticks.upright
    assert ticks.labels == [f"name {k:02}" for k in range(0, 40, 2)]
    assert ticks.at == list(range(0, 40, 2))


@pytest.mark.parametrize("limits", [(1e-5, 1.0), (0.3, 0.4), (2e-200, 1.0), (0.7, 30.0)])
@pytest.mark.parametrize("most", [2, 4, 7])
def test_round_ticks_of_a_log_scale(limits: tuple[float, float], most: int) -> None:
    ticks = round_ticks(Scale("log"), limits, most)
    assert 1 <= len(ticks) <= most + 1
    assert all(limits[0] <= x <= limits[1] for x in ticks)
    assert ticks == sorted(set(ticks))


@pytest.mark.parametrize(("tried", "whole"), [(range(17), True), ([k / 4 for k in range(17)], False)])
def test_ticks_are_integers_if_all_settings_are(tried: list[float], whole: bool) -> None:
    ticks = choose_ticks(Scale("linear"), list(map(float, tried)), (0.0, tried[-1]), 2000, upright=False)
    assert all(x == int(x) for x in ticks.at) == whole


@pytest.mark.parametrize("columns", [1, 3])
def test_sizes_are_about_those_that_are_drawn(columns: int) -> None:
    labels = ["0.9752", "-1e-5", "categorical", "12,345", "0"]
    with rc_context(RC):
        figure = new_figure(3)
        axes = figure.subplots(1, columns, sharey=True, squeeze=False)[0]
        for ax in axes:
            ax.set_xticks([])
        axes[0].set_yticks(range(len(labels)), labels)
        FigureCanvasAgg(figure).draw()
    drawn = axes[-1].get_window_extent().width
    assert 0.85 * drawn <= axes_width(labels, columns) <= drawn
    for label, text in zip(labels, axes[0].get_yticklabels(), strict=True):
        assert extent(text).width - 1 <= width(label) <= 1.4 * extent(text).width


@pytest.mark.parametrize(("distance", "fit"), [(14, True), (13, False)])
def test_labels_have_half_a_letter_between_them(distance: float, fit: bool) -> None:
    assert fits([10, 11, 6], [0, distance, 2 * distance]) == fit  # 10 / 2 + 11 / 2 + 3.5


@pytest.mark.parametrize(
    ("most", "numbers"),
    [
        (10, [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]),
        (9, [1, 3, 10, 30, 100, 300, 1000]),
        (6, [1, 10, 100, 1000]),
        (3, [1, 100]),
        (1, [1]),
    ],
)
def test_powers_of_ten_and_numbers_between_them(most: int, numbers: list[float]) -> None:
    assert powers(1.0, 1000.0, most) == numbers
    assert powers(0.9, 1500.0, most) == numbers


def test_round_ticks_of_other_scales() -> None:
    assert round_ticks(Scale("linear"), (0.0, 10.0), 5) == [0, 2, 4, 6, 8, 10]
    assert round_ticks(Scale("linear"), (0.0, 2.0), 8) == [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2]
    assert round_ticks(Scale("linear"), (0.0, 2.0), 8, integers=True) == [0, 1, 2]
    assert round_ticks(SYMLOG, (-1.0, 0.1), 7) == [-1, -0.01, 0, 0.01]
    assert round_ticks(SYMLOG, (-0.1, 1.0), 7) == [-0.01, 0, 0.01, 1]
    assert round_ticks(SYMLOG, (-0.1, 1.0), 2) == [0, 1]
    linear = round_ticks(Scale("log"), (2.1, 4.9), 7)  # there is no 1, 2 or 5 times a power of ten
    assert linear == pytest.approx([2.4, 2.8, 3.2, 3.6, 4.0, 4.4, 4.8])


def test_a_single_tick_if_no_two_fit() -> None:
    ticks = choose_ticks(Scale("linear"), [k / 7 for k in range(100)], (0.0, 15.0), 1, upright=False)
    assert (len(ticks.at), len(ticks.labels)) == (1, 1)
    assert ticks.labels == [f"{ticks.at[0]:g}"]


@pytest.mark.parametrize(
    ("gap", "upright", "labels", "turned"),
    [
        (70, True, ["category0", "category1", "category2", "category3"], False),  # nine letters and one of space
        (69, True, ["category0", "category1", "category2", "category3"], True),
        (69, False, ["…tegory0", "…tegory1", "…tegory2", "…tegory3"], False),
        (42, False, ["…ory0", "…ory1", "…ory2", "…ory3"], False),  # at least five letters
        (41, False, ["category0", "category2"], False),
        (13, True, ["category0", "category1", "category2", "category3"], True),
        (12, True, ["category0", "category2"], True),
    ],
)
def test_labels_of_categories_are_cut_or_turned_or_left_out(
    gap: float, upright: bool, labels: list[str], turned: bool
) -> None:
    scale = Scale("category", tuple(f"category{k}" for k in range(4)))
    ticks = choose_ticks(scale, [], (-0.5, 3.5), 4 * gap, upright=upright)
    assert (ticks.labels, ticks.upright) == (labels, turned)
    assert ticks.at == [float(label[-1]) for label in labels]


def test_upright_labels_have_at_most_fourteen_letters() -> None:
    scale = Scale("category", tuple("x" * 20 + str(k) for k in range(3)))
    assert choose_ticks(scale, [], (-0.5, 2.5), 60, upright=True).labels == [f"…{'x' * 12}{k}" for k in range(3)]


def test_positions_in_pixels() -> None:
    assert positions(Scale("linear"), [2.0, 4.0], (2.0, 10.0), 200) == [0, 50]
    assert positions(Scale("log"), [1.0, 10.0], (0.1, 10.0), 200) == [100, 200]


def test_evenness_and_threshold() -> None:
    assert evenness([1.0, 2.0, 4.0]) == pytest.approx(1 / 3)
    assert evenness([5.0]) == 0
    assert scale_of([0, 0.01, 0.001, 0.1], False).threshold == 0.001
    assert scale_of([-1, 0.5], True).threshold == 0.5
    assert scale_of([2, "b", 2, True], False).categories == ("2", "b", "True")
    assert scale_of([2, "b"], False).place(2) == 0
