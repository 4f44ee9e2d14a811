"""`nnzoo check`: it accepts correct gradients and finds wrong ones."""

import nnzoo
import pytest
import torch
from nnzoo.cli import commands as cli
from nnzoo.errors import UserError
from nnzoo.layers import activations
from nnzoo.training import gradient_check as checking


class Wrong(torch.autograd.Function):
    """tanh with the derivative of another function."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.tanh()

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * (1 - x.tanh())


class WrongTanh(torch.nn.Module):
    def forward(self, x):
        return Wrong.apply(x)


@pytest.mark.parametrize(
    "overrides",
    [
        ["model=mlp", "data=xor", "model.hidden=[6,5]", "model.activation=tanh"],
        ["model=mlp", "data=xor", "model.hidden=[8]", "model.norm=batch", "model.dropout=0.3"],
        ["model=lstm", "data=reber", "model.hidden=4"],
        ["model=rnn", "data=three_ones", "model.hidden=3"],
        ["model=sum_product", "data=digits", "model.products=[4]"],
        ["model=linear", "data=consecutive_ones", "loss=logistic"],
    ],
)
def test_correct_gradients(overrides):
    report = nnzoo.check(*overrides)
    assert report.ok
    assert report.verdict.startswith("ok: of ")
    assert max(one.ratio for one in report.all) < 1e-6
    assert max(abs(one.exact) for one in report.all) > 1e-3


def test_wrong_gradients(monkeypatch, capsys):
    monkeypatch.setitem(activations._ACTIVATIONS, "tanh", WrongTanh)
    given = ["model=mlp", "data=xor", "model.hidden=[4]", "model.activation=tanh"]
    report = nnzoo.check(*given)
    right = {row.name: all(one.passed for part in row.found for one in part) for row in report.rows}
    assert right == {"layers.0.weight": False, "layers.0.bias": False, "layers.2.weight": True, "layers.2.bias": True}
    assert not report.ok
    assert report.verdict.startswith("wrong: ")
    assert "worst in layers.0." in report.verdict
    assert cli.dispatch(["check", *given]) == 1
    assert report.verdict in capsys.readouterr().out


def test_kinks_are_reported_and_accepted():
    """All pre-activations of the ReLUs are exactly 0, where the loss has a kink."""
    net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1)).double()
    with torch.no_grad():
        net[0].weight.zero_()
        net[0].bias.zero_()
    x = torch.randn(5, 2, dtype=torch.float64)

    class Task:
        def training_loss(self, batch):
            return net(x).sum(), None

    found = checking.compare(Task(), None, dict(net.named_parameters()), torch.Generator().manual_seed(0))
    assert all(one.passed for part in found for one in part)
    assert all(one.kink for one in found[1])  # the biases of the hidden layer
    report = checking.Report([checking.Row("bias", (3,), found[1:2])])
    assert report.ok
    assert "3 only with a smaller step or at a kink" in report.verdict


def test_table_has_a_row_per_parameter(capsys):
    assert cli.dispatch(["check", "model=mlp", "data=xor", "model.hidden=[3]"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split("  ")[0] == "parameter"
    assert [line.split()[:2] for line in lines[1:5]] == [
        ["layers.0.weight", "3x2"],
        ["layers.0.bias", "3"],
        ["layers.2.weight", "2x3"],
        ["layers.2.bias", "2"],
    ]
    assert lines[-1].startswith("ok: of 34 entries of 4 parameters")


def test_random_numbers_and_threads_are_restored():
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    threads = torch.get_num_threads()
    nnzoo.check("model=linear", "data=xor")
    assert torch.equal(torch.rand(1), expected)
    assert torch.get_num_threads() == threads


def test_penalties_are_checked():
    given = ("model=mlp", "model.activation=tanh", "penalties=activation", "penalties.activation.norm=l2")
    alone, both = (nnzoo.check(*given, f"penalties.activation.weight={weight}") for weight in (0, 0.1))
    assert alone.ok
    assert both.ok
    assert alone.rows[0].found[0][0].exact != both.rows[0].found[0][0].exact


def test_fixed_weights_are_refused():
    with pytest.raises(UserError, match="'threshold_mlp' has no weights to learn"):
        nnzoo.check("model=threshold_mlp", "data=consecutive_ones", "loss=logistic")


def test_half_of_the_entries_have_a_gradient_if_there_are_enough():
    gradient = torch.zeros(5000, 4)
    gradient[7] = 1
    entries = checking.choose_entries(gradient, torch.Generator().manual_seed(0))
    assert len(set(entries)) == checking.LOCATIONS
    assert sum(entry // 4 == 7 for entry in entries) >= 4
    assert len(checking.choose_entries(torch.zeros(3), torch.Generator())) == 3


def test_embeddings_are_checked_where_they_have_a_gradient():
    report = nnzoo.check("model=pv_dbow", "data=corpus", "model.dimension=20")
    assert all(any(entry.estimate for part in row.found for entry in part) for row in report.rows)
