"""A task or a network as a config describes it."""

from nnzoo import api
from nnzoo.builders.adapters import Network
from nnzoo.builders.data import build_data
from nnzoo.builders.losses import build_loss
from nnzoo.builders.networks import build_network
from nnzoo.builders.tasks import build_task
from nnzoo.config.compose import compose
from nnzoo.config.target_kinds import data_overrides
from nnzoo.spec import DataSpec
from nnzoo.tasks.base import Task


def built(*overrides: str) -> Task:
    """Return the task of a config on the CPU, with its data set."""
    config = api.plain(compose(["trainer.accelerator=cpu", *overrides]))
    return build_task(config, build_data(config))


def built_for(spec: DataSpec, *overrides: str) -> Network:
    """Return the network of a config for data that need not exist."""
    config = api.plain(compose([*data_overrides([spec.target]), *overrides]))
    return build_network(config, spec, build_loss(config, spec))
