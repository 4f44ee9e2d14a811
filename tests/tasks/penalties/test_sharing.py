"""Soft weight sharing against the printed updates, and against tied layers. Aggarwal 4.9."""

import pytest
import torch
from nnzoo.errors import UserError
from nnzoo.models.autoencoder import Autoencoder
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.penalties import SharingPenalty
from torch.testing import assert_close

SPEC = DataSpec("real", (5,), "input", 5)
EMPTY = Batch(torch.zeros(1, 5), torch.zeros(1, 5))


def made(hidden: tuple[int, ...] = (), code: int = 3) -> Autoencoder:
    torch.manual_seed(0)
    return Autoencoder(in_features=5, hidden=hidden, code=code).double()


def test_a_step_is_the_printed_update() -> None:
    """Of w_i and w_j: alpha lambda (w_j - w_i) is added to the one, the opposite to the other."""
    net, alpha, strength = made(), 0.1, 0.7
    penalty = SharingPenalty(weight=strength)
    penalty.bind(net, SPEC)
    w, v = net.encoder[0].weight, net.decoder[0].weight
    old = w.detach().clone(), v.detach().clone()
    value = penalty.value(EMPTY)
    assert_close(value, strength / 2 * (w - v.T).square().sum())
    value.backward()
    torch.optim.SGD(net.parameters(), lr=alpha).step()
    assert_close(w.detach(), old[0] + alpha * strength * (old[1].T - old[0]))
    assert_close(v.detach(), old[1] + alpha * strength * (old[0].T - old[1]))


def test_repeated_steps_tie_the_weights() -> None:
    net = made()
    penalty = SharingPenalty(weight=5.0)
    penalty.bind(net, SPEC)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
    for _ in range(60):
        optimizer.zero_grad()
        penalty.value(EMPTY).backward()
        optimizer.step()
    assert_close(net.encoder[0].weight, net.decoder[0].weight.T)
    assert net.encoder[0].weight.abs().max() > 0.1


def test_parameters_that_do_not_fit_are_refused() -> None:
    with pytest.raises(UserError, match=r"^unknown parameter of a sharing penalty 'encoder.1.weight'; did you mean"):
        SharingPenalty(first="encoder.1.weight").bind(made(), SPEC)
    with pytest.raises(
        UserError, match=r"^sharing penalty: encoder.0.weight \(4, 5\) and decoder.0.weight \(4, 3\) have"
    ):
        SharingPenalty().bind(made(hidden=(4,)), SPEC)
    with pytest.raises(UserError, match=r"^sharing penalty: first and second are both a; it needs two parameters$"):
        SharingPenalty(first="a", second="a")
