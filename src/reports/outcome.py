"""The outcome of a run in a sentence, and its table of metrics."""

from ..formatting import duration, format_number
from .facts import Facts, is_finite
from .html import Html, element, join, paragraph, table
from .page import status_label

WHAT = {  # status -> beginning of the sentence
    "done": "Finished",
    "diverged": "Diverged",
    "failed": "Failed",
    "interrupted": "Interrupted",
    "pruned": "Pruned",
    "running": "Still running",
    "killed": "Killed",
    "unknown": "No status was written",
}
SPLITS = ("val", "test", "train")  # validation decides, so it stands first
UNITS = "The loss is that of the standardized target; the other metrics are in the target's own units."
DURING = "* from metrics.csv; training metrics are averaged during the epoch."

Rows = dict[tuple[str, str], dict[str, float]]
"""(split, "best" or "last") -> metrics."""


def title(facts: Facts) -> str:
    """Return the title: network and data."""
    choices = facts.config.get("choices") or {}
    names = [choices.get(group) or class_name(facts.config.get(group)) for group in ("model", "data")]
    return " on ".join(name for name in names if name) or facts.run.path.name


def class_name(node: object) -> str:
    """Return the name of the class of a config."""
    return str(node.get("_target_", "")).rpartition(".")[2] if isinstance(node, dict) else ""


def sentence(facts: Facts) -> Html:
    """Return status, epochs and the main metric of the validation and test split, as a sentence."""
    what = WHAT.get(facts.status, facts.status)
    epochs = f"{facts.epochs} epoch{'s' * (facts.epochs != 1)}"
    length = f" after {epochs}" if facts.epochs else ""
    seconds = f" in {duration(facts.seconds)}" if facts.seconds is not None and facts.status == "done" else ""
    values = main_values(facts)
    weights = f"best epoch {facts.best_epoch}" if facts.best_epoch is not None else "last weights"
    end = Html() if not values else join([f"; {weights}: ", values, "."], "")
    return join([status_label(facts.status, what), f"{length}{seconds}", end or "."], "")


def main_values(facts: Facts) -> Html:
    """Return the main metric of the validation and test split, with the number of examples."""
    rows, which, parts = metric_rows(facts)[0], "best" if facts.best_epoch is not None else "last", []
    for split in ("val", "test"):
        value = rows.get((split, which), {}).get(facts.primary or "")
        if value is not None:
            count = facts.count(split)
            text = element("strong", f"{split} {facts.primary} {format_number(value)}")
            parts.append(join([text, f" ({count})" if count else ""], ""))
    return join(parts, ", ")


def metric_rows(facts: Facts) -> tuple[Rows, set[tuple[str, str]]]:
    """Return the metrics of each split and checkpoint, and which of them are from metrics.csv.

    Results come first; training and validation metrics that were not evaluated at the end are those of the epoch.
    """
    rows: Rows = {}
    for name, metrics in facts.results.items():
        split, _, which = name.partition("/")
        rows[split, which] = metrics
    measured = set(rows)
    for which, epoch in (("best", facts.best_epoch), ("last", facts.epochs)):
        for split in ("val", "train"):
            if epoch is None or (split, which) in measured:
                continue
            found = {
                name.partition("/")[2]: values[epoch]
                for name, values in facts.history.items()
                if name.startswith(f"{split}/") and epoch in values
            }
            if found:
                rows[split, which] = found
    order = sorted(rows, key=lambda key: (SPLITS.index(key[0]) if key[0] in SPLITS else len(SPLITS), key[1]))
    return {key: rows[key] for key in order}, set(rows) - measured


def metrics_table(facts: Facts) -> Html:
    """Return the metrics by split and checkpoint."""
    rows, during = metric_rows(facts)
    if not rows:
        return Html()
    names = list(dict.fromkeys(name for metrics in rows.values() for name in metrics))
    counts = {split: facts.count(split).partition(" ")[0] for split, _ in rows}
    unit = facts.data.get("unit", "examples")
    header = ["split", "weights", *([unit] if any(counts.values()) else []), *names]
    body = [
        [
            split + " *" * ((split, which) in during),
            which_label(facts, which),
            *([counts[split]] if any(counts.values()) else []),
            *(number(metrics.get(name)) for name in names),
        ]
        for (split, which), metrics in rows.items()
    ]
    scaled = facts.checkpoint is not None and facts.checkpoint.spec.target_scale
    finite = all(is_finite(value) for metrics in rows.values() for value in metrics.values())
    notes = [DURING * bool(during), UNITS if scaled else "", "" if finite else "nan: not finite, or not defined."]
    return join([table(header, body, numbers=range(2, len(header))), paragraph(" ".join(filter(None, notes)))])


def which_label(facts: Facts, which: str) -> str:
    """Return the name of a checkpoint with its epoch."""
    epoch = facts.best_epoch if which == "best" else facts.epochs or None
    return f"{which}, epoch {epoch}" if epoch is not None else which


def number(value: float | None) -> str:
    """Return a metric for a cell, empty if there is none."""
    return "" if value is None else format_number(value)
