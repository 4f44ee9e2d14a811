"""Which setting of a single swept key is best, and by how much."""

from matplotlib.axes import Axes

from ..style import GREY, SMALL
from .labels import format_apart, format_digits, short_texts, title, with_sd
from .objective import Objective, metric_name
from .scale import FEW, Scale, is_number
from .ticks import LETTER, positions
from .trial import Result

SETTING = 20  # letters of a setting in the title


def best_two(objective: Objective, key: str) -> list[Result]:
    """Return the best trial and the best one with another setting, if there is any."""
    best = objective.results[0]
    return [best, *(other for other in objective.results if other.trial.params[key] != best.trial.params[key])][:2]


def winner_title(objective: Objective, metric: str, key: str) -> str:
    """Return a title that says what is drawn, which setting is best, and by how much."""
    runs = sorted({result.trial.n for result in objective.results})
    number = f"{runs[0]}" if len(runs) == 1 else f"{runs[0]} to {runs[-1]}"
    mean = "mean ± sd" if any(result.sd for result in objective.results) else "mean"
    average = f": {mean} of {number} runs" if runs[-1] > 1 else ""
    first, *others = best_two(objective, key)
    names = setting_texts([result.trial.params[key] for result in (first, *others)])
    answer = f"best: {names[0]}"
    for other in others:
        gap = abs(first.value - other.value)
        answer += f", ahead of {names[1]} by {format_digits(gap, 2)}" if gap else f", as good as {names[1]}"
    name = short_texts([key], 30)[0]
    return title(f"{metric_name(metric)} by {name}{average}", answer)


def setting_texts(settings: list[float | str]) -> list[str]:
    """Return settings for display, with enough digits to differ."""
    numbers = [setting for setting in settings if is_number(setting)]
    return format_apart(numbers) if len(numbers) == len(settings) else short_texts([str(s) for s in settings], SETTING)


def label_settings(ax: Axes, objective: Objective, key: str, scale: Scale, pixels: float) -> None:
    """Write the values of the best and of the next best setting next to each other, on the side of the best values.

    Among many settings, only the best one has a label. pixels: width of the axes, whose limits are final.
    """
    results = best_two(objective, key)
    if len({result.trial.params[key] for result in objective.results}) > FEW:
        results = results[:1]
    texts = format_apart([result.value for result in best_two(objective, key)])
    labels = [with_sd(text, result.sd) for text, result in zip(texts, results, strict=False)]
    places = [scale.place(result.trial.params[key]) for result in results]
    limits = ax.get_xlim()
    width = max(map(len, labels)) * LETTER
    centres = side_by_side(positions(scale, places, limits, pixels), width, pixels)
    for place, result, label, centre in zip(places, results, labels, centres, strict=True):
        ax.annotate(
            label,
            (place, result.value),
            (centre / pixels, 0.98 if objective.mode == "max" else 0.02),
            textcoords="axes fraction",
            ha="center",
            va="top" if objective.mode == "max" else "bottom",
            fontsize=SMALL,
            arrowprops={"arrowstyle": "-", "color": GREY, "linewidth": 0.6},
        )


def side_by_side(centres: list[float], width: float, pixels: float) -> list[float]:
    """Return the centres of one or two labels between 0 and `pixels`, moved apart if they overlap."""
    inside = [min(max(centre, width / 2), pixels - width / 2) for centre in centres]
    if len(inside) < 2 or abs(inside[0] - inside[1]) >= width:
        return inside
    middle = min(max(sum(inside) / 2, width), pixels - width)
    step = width / 2 if centres[0] > centres[1] else -width / 2
    return [middle + step, middle - step]
