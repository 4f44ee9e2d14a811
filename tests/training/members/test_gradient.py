"""Gradients of several members at once, against autograd on each member alone."""

import pytest
import torch
from nnzoo.builders.adapters import Network, flatten, identity
from nnzoo.losses import CrossEntropy, Squared
from nnzoo.models.mlp import MLP
from nnzoo.models.recurrent.gru import GRU
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.base import Task
from nnzoo.tasks.penalties import ActivationPenalty, WeightPenalty
from nnzoo.training.members.batches import stack as stack_batches
from nnzoo.training.members.gradient import DirectGradient, MemberGradient, member_gradient
from nnzoo.training.members.stack import Stack
from torch.testing import assert_close

from tests.support.tasks import make

POINTS = DataSpec("real", (3,), "classes", 4)
IMAGES = DataSpec("real", (1, 3, 4), "classes", 4)
CURVE = DataSpec("real", (3,), "real", 2)
SEQUENCES = DataSpec("real", (3,), "classes", 4, sequence=True)
MEMBERS = 3


def tasks(spec, build, loss, penalties=lambda row: {}, **further):
    torch.manual_seed(0)
    return [
        make(Task, network(build(), spec).double(), loss(), spec, penalties=penalties(row), **further)
        for row in range(MEMBERS)
    ]


def network(model, spec):
    return Network(model, flatten if spec.form == "image" else identity, masked=spec.sequence)


def batches(spec):
    found = [spec.fake_batch(5 + spec.sequence, torch.Generator().manual_seed(row)) for row in range(MEMBERS)]
    return [
        batch._replace(x=batch.x.double(), y=batch.y.double() if spec.target == "real" else batch.y) for batch in found
    ]


def check(members, given, engine=MemberGradient):
    alone = []
    for task, batch in zip(members, given, strict=True):
        hooks = task.penalties.register_hooks()
        task.net.zero_grad()
        step = task.gradient(batch)
        alone.append((step, [p.grad.clone() for p in task.net.parameters()]))
        for hook in hooks:
            hook.remove()
    stack = Stack([task.net for task in members])
    hooks = members[0].penalties.register_hooks()
    computed = member_gradient(members, stack)
    assert isinstance(computed, engine)
    step = computed(stack_batches(given))
    measured = computed.evaluate(stack_batches(given))
    for row, (expected, gradients) in enumerate(alone):
        assert_close(measured.loss[row], expected.loss)  # without penalties
        assert_close(measured.output[row][: len(expected.output)], expected.output)
        assert_close(step.loss[row], expected.loss)
        assert_close(step.output[row][: len(expected.output)], expected.output)
        for name in expected.notes:
            assert_close(step.notes[name][row], expected.notes[name])
        for p, gradient in zip(members[row].net.parameters(), gradients, strict=True):
            assert_close(p.grad, gradient)
    weights = [task.penalties[name].weight for task in members for name in task.penalties]
    assert all(isinstance(weight, float) for weight in weights)


@pytest.mark.parametrize(("engine", "kind"), [("auto", DirectGradient), ("autograd", MemberGradient)])
@pytest.mark.parametrize(("spec", "loss"), [(POINTS, CrossEntropy), (CURVE, Squared)])
def test_classes_and_real_targets(spec, loss, engine, kind):
    def build():
        return MLP(in_features=3, out_features=spec.target_size, hidden=[6])

    check(tasks(spec, build, loss, engine=engine), batches(spec), kind)


def test_images_are_flattened():
    members = tasks(IMAGES, lambda: MLP(in_features=12, out_features=4), CrossEntropy)
    check(members, batches(IMAGES), DirectGradient)


@pytest.mark.parametrize("kind", [WeightPenalty, ActivationPenalty])
def test_penalties_with_weights_of_their_own(kind):
    members = tasks(
        POINTS,
        lambda: MLP(in_features=3, out_features=4, hidden=[6]),
        CrossEntropy,
        lambda row: {"some": kind(weight=0.1 * (row + 1), norm="l1")},
    )
    check(members, batches(POINTS))


def test_sequences_of_different_lengths():
    def build():
        return GRU(in_features=3, out_features=4, hidden=5, per_step=False)

    given = batches(SEQUENCES)
    given[0] = given[0].steps(0, int(given[0].mask.sum(1).max()), per_step=False)
    members = tasks(SEQUENCES, build, CrossEntropy)
    check(members, given)


def test_a_network_that_is_not_a_number_leaves_the_others_alone():
    members = tasks(POINTS, lambda: MLP(in_features=3, out_features=4, hidden=[6]), CrossEntropy)
    with torch.no_grad():
        next(members[1].net.parameters()).fill_(torch.nan)
    stack = Stack([task.net for task in members])
    MemberGradient(members, stack)(stack_batches(batches(POINTS)))
    assert stack.gradients[1].isnan().any()
    assert stack.gradients[[0, 2]].isfinite().all()


def test_batches_of_different_sizes_cannot_be_stacked():
    batch = Batch(torch.zeros(4, 2), torch.zeros(4))
    with pytest.raises(ValueError, match="different sizes"):
        stack_batches([batch, batch.rows(slice(0, 3))])
