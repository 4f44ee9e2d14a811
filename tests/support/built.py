"""A task as a config describes it."""

from nnzoo import api
from nnzoo.builders.data import build_data
from nnzoo.builders.tasks import build_task
from nnzoo.config.compose import compose
from nnzoo.tasks.base import Task


def built(*overrides: str) -> Task:
    """Return the task of a config on the CPU, with its data set."""
    config = api.plain(compose(["trainer.accelerator=cpu", *overrides]))
    return build_task(config, build_data(config))
