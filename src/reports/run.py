"""The report of a run."""

import shlex
import time
from pathlib import Path
from typing import Any

import yaml

from ..formatting import duration
from .charts import charts
from .commands import commands
from .facts import NOT_ENDED, Facts, read_facts
from .html import Html, folded, join, pairs, paragraph, preformatted, section
from .images import pictures
from .outcome import metrics_table, sentence, title
from .page import header, page

LOG_LINES = 40  # at the end of run.log
SAMPLE_LETTERS = 4000  # at the end of samples.txt
CURVES = "learning_curves"  # the figure that shows the same curves as the report
SPLITS = ("train", "val", "test")
FINISHED = ("done", "pruned")


def run_page(path: Path) -> str:
    """Return the report of a run as a page. Raises UserError if the directory is not a run."""
    facts = read_facts(path)
    curves = charts(facts.history, facts.primary, facts.best_epoch)
    figures, damaged = pictures(facts.run.figures, without=[CURVES] if curves else [])
    return page(
        f"{title(facts)}: {facts.status} · nnzoo",
        [
            header(path.resolve().name, title(facts), sentence(facts)),
            message(facts),
            unreadable([*facts.unreadable, *damaged]),
            section("Use", commands(facts)),
            section("Log", log(facts)),
            section("Metrics", metrics_table(facts)),
            section("Learning curves", curves or no_curves(facts)),
            section("Figures", figures),
            section("Samples", samples(path / "samples.txt")),
            section("Settings", settings(facts)),
            section("Data", pairs(data(facts))),
            section("Environment", pairs(environment(facts))),
        ],
    )


def message(facts: Facts) -> Html:
    """Return the message of the status: why the run failed or stopped."""
    return paragraph(facts.message, "note" if facts.status in FINISHED else "alert")


def unreadable(names: list[str]) -> Html:
    """Return the files that could not be read."""
    return paragraph(f"Damaged, and left out: {', '.join(names)}." if names else "", "alert")


def no_curves(facts: Facts) -> Html:
    """Return why there are no curves."""
    if not facts.run.metrics_file.is_file():
        return paragraph("There is no metrics.csv: logger=none, or the run ended before its first epoch.")
    return paragraph("Curves need at least two epochs with finite values.")


def samples(path: Path) -> Html:
    """Return the last texts that a language model sampled during training."""
    if not path.is_file():
        return Html()
    text = path.read_text(encoding="utf-8", errors="replace").rstrip()
    return folded("Texts sampled during training, the latest at the end", preformatted(text[-SAMPLE_LETTERS:]))


def settings(facts: Facts) -> Html:
    """Return the overrides, then the whole config, folded."""
    given = pairs(dict(map(split_override, facts.overrides)))
    config = yaml.safe_dump(facts.config, sort_keys=False, allow_unicode=True) if facts.config else ""
    return join(
        [
            given or paragraph("No setting was changed." if facts.config else ""),
            folded("All settings (config.yaml)", preformatted(config) if config else ""),
        ]
    )


def split_override(line: str) -> tuple[str, str]:
    """Return key and value of an override."""
    key, equals, value = line.partition("=")
    return key, value or ("''" if equals else "removed" if key.startswith("~") else "-")


def data(facts: Facts) -> dict[str, str]:
    """Return the description of the data."""
    node = facts.config.get("data") or {}
    sizes = facts.data.get("sizes") or {}
    record = facts.checkpoint.ours.get("data") or {} if facts.checkpoint else {}
    return {
        "summary": str(facts.data.get("summary") or record.get("summary") or ""),
        facts.data.get("unit", "examples"): ", ".join(f"{split} {sizes[split]}" for split in SPLITS if split in sizes),
        "one example": str(facts.data.get("spec") or (facts.checkpoint.spec if facts.checkpoint else "")),
        "path": str(node.get("path") or ""),
        "seed of the split": str(node.get("seed", "")),
        "checksum": str(record.get("digest") or ""),
    }


def environment(facts: Facts) -> dict[str, str]:
    """Return versions, machine, time and command line."""
    known = dict(facts.environment)
    command, started, cuda = known.pop("command", None), known.pop("started", None), known.pop("cuda", None)
    threads, platform = known.pop("threads", ""), known.pop("platform", "")
    on_cpu = (facts.config.get("trainer") or {}).get("accelerator") == "cpu" or not cuda
    return {
        **{name: "" if value is None else str(value) for name, value in known.items()},
        "platform": str(platform),
        "device": ("CPU" if on_cpu else str(cuda)) if facts.environment else "",
        "threads": str(threads),
        "started": clock(started),
        "ended": clock(facts.ended) if facts.status not in NOT_ENDED else "",
        "duration": "" if facts.seconds is None else f"{duration(facts.seconds)}, from the last start",
        "command": command_line(command or []),
    }


def clock(seconds: float | None) -> str:
    """Return a time as date and time of day."""
    return "" if seconds is None else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def command_line(words: list[Any]) -> str:
    """Return the command line, quoted for a shell; its first word may be two, such as `nnzoo train`."""
    return " ".join([*map(str, words[:1]), *(shlex.quote(str(word)) for word in words[1:])])


def log(facts: Facts) -> Html:
    """Return the warnings of a finished run, or the end of the log of another."""
    lines = facts.log.splitlines()
    if facts.status in FINISHED:
        found = [line for line in lines if " WARNING " in line or " ERROR " in line]
        return join([paragraph("Warnings:"), preformatted("\n".join(found))]) if found else Html()
    shown = "\n".join(lines[-LOG_LINES:])
    return join([paragraph("The end of run.log:"), preformatted(shown)]) if shown.strip() else Html()
