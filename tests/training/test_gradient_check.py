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


def entry(estimate, *, ratio=0.0, passed=True, kink=False):
    return checking.CheckedEntry(estimate, estimate, ratio, passed, kink)


def test_the_words_of_a_report():
    first = [[entry(0.5, ratio=2e-8), entry(-3.0, ratio=1.0, kink=True)], [entry(0.25, ratio=3e-9)]]
    second = [[entry(0.0, kink=True)], [entry(1e-4, ratio=1e-7)]]
    report = checking.Report([checking.Row("a.weight", (2, 3), first), checking.Row("scale", (), second)])
    assert report.all == [*first[0], *first[1], *second[0], *second[1]]
    assert report.ok
    assert [line.split("  ") for line in str(report).splitlines()][-1] == [report.verdict]
    head, *rows = (line.split(maxsplit=2) for line in str(report).splitlines()[:3])
    assert " ".join(head[2].split()) == "at the start after 10 steps largest gradient"
    assert rows[0][:2] == ["a.weight", "2x3"]
    assert rows[0][2].split("  ")[0] == "2.0e-08 (1 at kinks)"
    assert rows[0][2].split()[-2:] == ["3.0e-09", "3.0e+00"]
    assert [rows[1][1], *rows[1][2].split()] == ["1", "-", "(1", "at", "kinks)", "1.0e-07", "1.0e-04"]
    assert report.verdict == (
        "ok: of 5 entries of 2 parameters, every |G - N| / |G + N| is below 1e-06; 2 only with a smaller step or at a "
        "kink (of a ReLU, a maximum, ...), which is no error"
    )
    assert checking.Report([checking.Row("a", (1,), [[entry(1.0)]])]).verdict.endswith("is below 1e-06")


def test_the_worst_parameter_is_named():
    """An entry at a kink has a larger ratio, but is right."""
    kinks = checking.Row("kinks", (1,), [[entry(1.0, ratio=9.0, kink=True)]])
    wrong = [
        checking.Row(name, (1,), [[entry(1.0)], [entry(1.0, ratio=r, passed=False)]])
        for name, r in (("a", 0.1), ("b", 0.2))
    ]
    report = checking.Report([kinks, *wrong])
    assert not report.ok
    assert report.verdict == "wrong: 2 of 5 entries of 3 parameters, worst in b: |G - N| / |G + N| must be below 1e-06"


def test_parameters_that_a_loss_does_not_use():
    """Their gradient is 0; random numbers are the same in every evaluation."""
    used, other = (torch.nn.Parameter(torch.ones(3, dtype=torch.float64)) for _ in range(2))

    class Task:
        def training_loss(self, batch):
            return (used**2 * torch.rand(3, dtype=torch.float64)).sum(), None

    found = checking.compare(Task(), None, {"used": used, "other": other}, torch.Generator().manual_seed(0))
    assert [len(part) for part in found] == [3, 3]
    assert all(one.passed for part in found for one in part)
    assert all(one.exact > 0 for one in found[0])
    assert all(one.exact == one.estimate == 0 for one in found[1])


def test_only_numbers_with_a_point_become_float64():
    assert checking.double(torch.ones(1)).dtype == torch.float64
    assert checking.double(torch.ones(1, dtype=torch.long)).dtype == torch.long
