"""The cat chased the mouse, the mouse chased the cat: the same bag of words (Aggarwal 7.1)."""

import math

import pytest
import torch
from nnzoo import api
from nnzoo.builders.losses import build_loss
from nnzoo.builders.networks import build_network
from nnzoo.builders.tasks import assemble_task
from nnzoo.config.compose import compose
from nnzoo.config.files import model_config
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.base import Task

WORDS = ("the", "cat", "chased", "mouse")
SPEC = DataSpec("tokens", (), "classes", 2, sequence=True, vocabulary=WORDS, labels=("cat", "mouse"))
SENTENCES = torch.tensor(
    [[WORDS.index(w) for w in s.split()] for s in ("the cat chased the mouse", "the mouse chased the cat")]
)
BATCH = Batch(SENTENCES, torch.tensor([0, 1]), torch.ones(2, 5, dtype=torch.bool))  # the class: who chased


def trained(model: str, seed: int) -> tuple[Task, float]:
    config = {**api.plain(compose([])), "seed": seed, "model": model_config(model)}
    config["optimizer"] = {**config["optimizer"], "lr": 0.05}
    loss = build_loss(config, SPEC)
    task = assemble_task(config, SPEC, build_network(config, SPEC, loss), loss)
    (optimizer,), _ = task.configure_optimizers()
    for _ in range(50):
        task.update(BATCH, optimizer)
    return task, task.compute(BATCH)[0].item()


@pytest.mark.parametrize("model", ["linear", "mlp"])
@pytest.mark.parametrize("seed", range(2))
def test_a_bag_of_words_cannot_tell_them_apart(model: str, seed: int) -> None:
    """Its loss cannot fall below log 2, that of a guess."""
    task, loss = trained(model, seed)
    first, second = task.net(BATCH.x, BATCH.mask)
    assert torch.equal(first, second)
    assert loss >= math.log(2) - 1e-6


@pytest.mark.parametrize("model", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("seed", range(2))
def test_a_recurrent_network_can(model: str, seed: int) -> None:
    task, loss = trained(model, seed)
    assert loss < 0.05
    assert task.head.predict(task.net(BATCH.x, BATCH.mask)).tolist() == [0, 1]
