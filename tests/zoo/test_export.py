"""Every network of the catalogue in every format of export, with one kind of data for each form that it takes."""

import pytest
import torch
from jaxtyping import config as jaxtyping_config
from nnzoo.builders.heads import build_head
from nnzoo.inference.export.export import write_graph, write_weights
from nnzoo.inference.export.formats import FORMATS
from nnzoo.inference.trained import Trained
from nnzoo.preprocessing.default import default
from nnzoo.training.isolation import isolated
from nnzoo.transforms import Transforms

from tests.support.catalogue import config_of

from .test_zoo import NAMES, SPECS, fitting, make, named


def kinds(name):
    """A kind of data for each form of input and output of a network."""
    found = {}
    for kind, task in fitting(name).items():
        if kind in SPECS:
            spec = task.spec
            found.setdefault((spec.form, spec.per_step, spec.seq_len is None, spec.target == "sequence"), kind)
    return list(found.values())


@pytest.mark.slow
@pytest.mark.parametrize("format", [name for name, found in FORMATS.items() if not found.vectors])
@pytest.mark.parametrize("name", NAMES)
def test_it_is_exported(name, format, tmp_path):
    for number, kind in enumerate(kinds(name)):
        with named(kind):
            check_export(name, SPECS[kind], format, tmp_path / f"net{number}")


def check_export(name, spec, format, path):
    task = make(name, spec)
    trained = Trained(
        network=task.net,
        head=build_head(config_of(name), spec, task.head.loss),
        preprocessing=default(spec),
        transforms=Transforms(),
        config=config_of(name),
    )
    jaxtyping_config.update("jaxtyping_disable", True)  # the recorded sizes are tensors and symbols, not int
    try:
        with isolated(), torch.no_grad():
            write = write_weights if FORMATS[format].weights_only else write_graph
            _, difference = write(trained, format, path)
    finally:
        jaxtyping_config.update("jaxtyping_disable", False)
    assert difference < 1e-3  # relative to the outputs it is smaller, or `write` raises an error
