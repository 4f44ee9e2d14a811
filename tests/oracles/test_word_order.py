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
from nnzoo.losses.multiclass.cross_entropy import CrossEntropy
from nnzoo.models.recurrent.rnn import RNN
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


def figure_7_4() -> RNN:
    """Return a network of the sizes of figure 7.4: d = 4 words, one-hot, and p = 2 units, without biases."""
    net = RNN(in_features=4, out_features=4, hidden=2)
    cell = net.recurrent.cells[0]
    assert [tuple(w.shape) for w in (cell.weight_x, cell.weight_h, net.readout.weight)] == [(2, 4), (2, 2), (4, 2)]
    for bias in (cell.bias, net.readout.bias):
        torch.nn.init.zeros_(bias)
    return net


THE, CAT, CHASED, MOUSE = torch.eye(4)


def test_a7_4_the_product_with_a_word_is_a_column() -> None:
    cell = figure_7_4().recurrent.cells[0]
    for word in range(4):
        assert torch.equal(cell.project(torch.eye(4)[word]), cell.weight_x[:, word])


def test_a7_4_the_printed_scores_of_the_first_step() -> None:
    """N15: 1.3 for cat, which is right, and 1.7 for mouse, which is predicted; chased is right at the second step.

    The derivative of the loss with respect to the scores is p - y, eq. 7.4.
    """
    net = figure_7_4()
    cell = net.recurrent.cells[0]
    first, second = (torch.atanh(torch.tensor(h)) for h in ([0.5, 0.0], [0.0, 0.5]))
    with torch.no_grad():
        cell.weight_h.zero_()
        cell.weight_x.copy_(torch.stack([first, second, first, second], 1))
        net.readout.weight.copy_(torch.tensor([[-1.0, -1.0], [2.6, -1.0], [-1.0, 3.0], [3.4, 1.0]]))
    loss = CrossEntropy()
    scores = net(torch.stack([THE, CAT])[None])[0]
    torch.testing.assert_close(scores[0, [1, 3]], torch.tensor([1.3, 1.7]))
    assert scores.argmax(1).tolist() == [MOUSE.argmax(), CHASED.argmax()]
    (slope,) = torch.autograd.grad(loss(scores, torch.tensor([1, 2])).sum(), scores)
    torch.testing.assert_close(slope, scores.softmax(1) - torch.stack([CAT, CHASED]))


def test_a7_4_two_units_learn_the_next_words() -> None:
    """After "the" comes cat first and then mouse: only the state tells them apart."""
    torch.manual_seed(0)
    net, loss, sentence = figure_7_4(), CrossEntropy(), torch.stack([THE, CAT, CHASED, THE])[None]
    targets = torch.tensor([[1, 2, 0, 3]])
    optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
    for _ in range(150):
        optimizer.zero_grad()
        loss(net(sentence), targets).sum().backward()
        optimizer.step()
    assert net(sentence).argmax(-1).tolist() == targets.tolist()
