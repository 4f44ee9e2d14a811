"""Networks whose weights do not change in training."""

import warnings
from pathlib import Path

import pytest
import torch
from nnzoo import api
from nnzoo.errors import DataWarning
from torch import nn

QUIET = {"data": "iris", "trainer.max_epochs": 1, "callbacks": "none", "logger": "none", "evaluate": []}


def test_a_note_says_that_training_does_not_change_a_frozen_network(tmp_path: Path) -> None:
    net = nn.Linear(4, 3).requires_grad_(False)
    before = net.weight.clone()
    with pytest.warns(DataWarning, match=r"^all 2 parameters of the network are frozen \(requires_grad=False\): "):
        api.train(model=net, output_dir=tmp_path, **QUIET)
    assert torch.equal(net.weight, before)


@pytest.mark.parametrize("settings", [{"model": "threshold_mlp", "data": "consecutive_ones"}, {"model": "ridge"}])
def test_networks_that_learn_otherwise_or_are_given_have_no_note(settings: dict[str, str], tmp_path: Path) -> None:
    given = {key: value for key, value in (QUIET | settings).items() if key != "trainer.max_epochs"}
    with warnings.catch_warnings():
        warnings.simplefilter("error", DataWarning)
        api.train(output_dir=tmp_path, **given)
