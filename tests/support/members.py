"""Members of a group on the iris data that have begun: runs of a few weights."""

from functools import cache
from pathlib import Path
from typing import Any

from nnzoo.api import plain
from nnzoo.builders.data import build_data
from nnzoo.builders.epochs import with_epochs
from nnzoo.builders.tasks import build_task
from nnzoo.config.compose import compose
from nnzoo.runs.directory import RunDirectory
from nnzoo.tasks.random_state import random_state
from nnzoo.training import trainers
from nnzoo.training.isolation import seed
from nnzoo.training.members.member import Member
from nnzoo.training.plan import Plan

SMALL = (
    "data=iris",
    "model=mlp",
    "model.hidden=[3]",
    "loader.batch_size=40",
    "trainer.accelerator=cpu",
    "trainer.max_epochs=3",
)


@cache
def settings(overrides: tuple[str, ...]) -> dict[str, Any]:
    return plain(compose([*SMALL, *overrides]))


def member(folder: Path, number: int, *overrides: str) -> Member:
    """Return a member that has not begun; its number is its seed."""
    lines = (*overrides, f"seed={number}")
    seed(number)
    config = settings(overrides) | {"seed": number, "output_dir": str(folder)}
    data = build_data(config)
    config = with_epochs(config, data)
    task = build_task(config, data)
    plan = Plan(config, data, task)
    return Member(plan, RunDirectory.create(folder, f"run{number}"), list(lines), random_state())


def begun(folder: Path, *overrides: str, number: int = 2) -> list[Member]:
    """Return members that have begun."""
    made = [member(folder, each, *overrides) for each in range(number)]
    with trainers.quiet_lightning():
        device = trainers.build_evaluator(made[0].plan)
        for each in made:
            each.begin(device)
    return made
