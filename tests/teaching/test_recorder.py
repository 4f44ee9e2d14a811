"""What is recorded of a step, without a run."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from nnzoo.errors import UserError
from nnzoo.teaching.recorder import Call, Recorder, by_example, named, to_numpy
from torch import nn
from torch.nn.functional import cross_entropy

from tests.callbacks.small_tasks import PLANE, make_task

from .small_steps import STEP


def recorder(model: nn.Module, **settings: Any) -> Recorder:
    """Return a recorder of a task that is not trained."""
    found = Recorder(expected=3, limit=None, tasks=())
    found.task = make_task(PLANE, model, {"model": settings})
    found.parameters = dict(model.named_parameters())
    return found


def test_numbers_by_example() -> None:
    values = torch.arange(6.0).reshape(2, 3)
    assert by_example(values, 2).tolist() == [[0, 1, 2], [3, 4, 5]]
    assert by_example(values, 3).tolist() == [[[0, 1, 2], [3, 4, 5]]]
    assert by_example(torch.tensor(2.0), 1).tolist() == [2]
    array = to_numpy(values)
    values += 1
    assert array.dtype == np.float64
    assert array[0].tolist() == [0, 1, 2]
    assert to_numpy(torch.eye(2).to_sparse()).tolist() == [[1, 0], [0, 1]]


def test_names_of_classes() -> None:
    labels = ("a", "b")
    assert named(torch.tensor([1, 0, 2, -1]), labels) == ["b", "a", 2, -1]
    assert named(torch.tensor([1, 0]), ()) == [1, 0]
    assert named(torch.tensor([1.0, 0.0]), labels) == [1, 0]
    assert named(torch.tensor([[1, 0]]), labels) == [[1, 0]]


def test_a_call_keeps_the_output_and_its_gradient() -> None:
    layer = nn.Linear(2, 2)
    output = layer(torch.ones(1, 2))
    call = Call("name", layer, output)
    assert call.values(1).gradient is None
    (output * torch.tensor([3.0, -1.0])).sum().backward()
    before = output.detach().clone()
    output.data.zero_()
    name, kind, weighted, values, gradient = call.values(1)
    assert (name, kind, weighted) == ("name", "Linear", True)
    np.testing.assert_allclose(values, before)
    assert gradient is not None
    assert gradient.tolist() == [[3, -1]]
    assert not Call("name", nn.Sequential(layer), torch.ones(1)).values(1).weighted  # no weights of its own


def test_only_training_passes_are_recorded() -> None:
    net = recorder(nn.Linear(2, 3))
    net.task.optimizer_list = lambda: [SimpleNamespace(param_groups=[{"lr": 0.5}, {"lr": 2.0}])]  # type: ignore
    record, x = net.call_hook("layer"), torch.ones(1)
    net.task.net.eval()
    net.begin(nn.Identity(), (x,))
    record(nn.Identity(), (), x)
    assert (net.inputs, net.lr, net.calls) == (None, None, [])
    net.task.net.train()
    net.begin(nn.Identity(), (x,))
    record(nn.Identity(), (), x)
    record(nn.Identity(), (), (2 * x, None))
    record(nn.Identity(), (), None)
    assert [call.output.item() for call in net.calls] == [1, 2]
    assert (net.inputs, net.lr) == (x, 0.5)
    net.begin(nn.Identity(), (3 * x,))
    assert net.calls == []
    net.task.optimizer_list = lambda: [SimpleNamespace(param_groups=[{}])]  # type: ignore
    assert net.learning_rate() is None


@pytest.mark.parametrize(
    ("shuffle", "overfit", "expected"), [(False, 0, [6, 7]), (True, 0, [26, 27]), (True, 1, [6, 7])]
)
def test_examples_are_rows_of_the_training_set(shuffle: bool, overfit: int, expected: list[int]) -> None:
    net = recorder(nn.Linear(2, 3))
    loader = SimpleNamespace(batch_size=3, shuffle=shuffle, order=lambda epoch: torch.arange(9) + 10 * epoch)
    net.task.cursor = SimpleNamespace(loader=loader, steps_done=3, epoch=2, overfit=overfit)  # type: ignore
    assert net.examples(2) == expected
    net.task.cursor.loader = SimpleNamespace(batch_size=3)  # type: ignore
    assert net.examples(3) == [6, 7, 8]


def test_loss_of_each_example() -> None:
    net = recorder(nn.Linear(2, 3))
    output, target = torch.tensor([[1.0, 2.0, 0.0], [0.5, -1.0, 0.25]]), torch.tensor([0, 2])
    losses = net.losses(output, target)
    assert losses is not None
    np.testing.assert_allclose(losses, cross_entropy(output, target, reduction="none"), rtol=1e-6)
    assert net.losses(torch.empty(0), target) is None
    steps = net.losses(output.expand(4, 2, 3), target.expand(4, 2))  # a loss at each step
    assert steps is None
    net.task.spec = replace(PLANE, target="real", target_size=2, labels=(), partial=True)
    assert net.losses(output, target) is None


def test_numbers_of_a_parameter() -> None:
    net = recorder(model := nn.Linear(2, 1))
    state = {
        "step": torch.tensor(1.0),
        "other": torch.zeros(3),
        "count": 2,
        "momentum_buffer": torch.tensor([[5.0, 6.0]]),
    }
    net.task.optimizer_list = lambda: [SimpleNamespace(state={model.weight: state})]  # type: ignore
    net.before = {"weight": torch.tensor([[1.0, 2.0]]), "bias": torch.tensor([0.0])}
    weight = net.weight("weight", model.weight, torch.tensor([[3.0, 4.0]]))
    assert (weight.name, weight.before.tolist(), weight.after.tolist()) == ("weight", [[1, 2]], [[3, 4]])
    assert weight.gradient is None
    assert {name: values.tolist() for name, values in weight.state.items()} == {"momentum_buffer": [[5, 6]]}
    model.bias.grad = torch.tensor([7.0])
    bias = net.weight("bias", model.bias, torch.tensor([8.0]))
    assert bias.gradient is not None
    assert (bias.gradient.tolist(), bias.state) == ([7], {})


def test_limit_of_all_steps_together() -> None:
    net = recorder(nn.Linear(2, 3), hidden=[9])
    net.check_size(STEP)
    net.limit = 3 * STEP.size
    net.check_size(STEP)
    net.limit -= 1
    message = (
        "the trace has 174 numbers (58 in each of 3 steps), more than max_numbers=173; "
        "a smaller network such as model.hidden=[2] has fewer; max_numbers=174 shows all of them"
    )
    with pytest.raises(UserError) as caught:
        net.check_size(STEP)
    assert str(caught.value) == message
    net = recorder(nn.Linear(2, 3))
    net.expected, net.limit = 1, 57
    with pytest.raises(UserError) as caught:
        net.check_size(STEP)
    assert str(caught.value) == "the trace has 58 numbers, more than max_numbers=57; max_numbers=58 shows all of them"
