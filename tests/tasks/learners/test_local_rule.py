"""Training by a local rule: updates, metrics and exact resuming."""

from pathlib import Path

import nnzoo
import pytest
import torch
from nnzoo import api
from nnzoo.builders.data import build_data
from nnzoo.builders.tasks import build_task
from nnzoo.config.compose import compose
from nnzoo.errors import UserError
from nnzoo.spec import Batch
from nnzoo.tasks.learners.local_rule import LocalRuleTask
from torch.testing import assert_close

from tests.support.runs import checkpoint, same, weights

RUN = (
    "model=rbm",
    "model.hidden=6",
    "data=digits",
    "data.size=8",
    "loader.batch_size=100",
    "~callbacks.figures",
    "trainer.accelerator=cpu",
    "trainer.threads=1",
)
CHAINS = ("rule.chains=20", "rule.sample_visible=true", "rule.grow_every=15", "optimizer=momentum")


def made(*overrides: str) -> LocalRuleTask:
    """Return the task of a config, before its first step."""
    config = api.plain(compose([*RUN, *overrides]))
    task = build_task(config, build_data(config))
    assert isinstance(task, LocalRuleTask)
    return task


def batch(task: LocalRuleTask, n: int = 8) -> Batch:
    return task.spec.fake_batch(n, torch.Generator().manual_seed(0))


@pytest.mark.parametrize("further", [(), CHAINS], ids=["from the data", "persistent"])
def test_resumed_training_is_exact(tmp_path: Path, further: tuple[str, ...]) -> None:
    whole = nnzoo.train(*RUN, *further, "trainer.max_epochs=4", output_dir=tmp_path / "whole")
    half = nnzoo.train(*RUN, *further, "trainer.max_epochs=2", output_dir=tmp_path / "half")
    assert not same(weights(whole.directory), weights(half.directory))
    resumed = nnzoo.resume(half.directory, "trainer.max_epochs=4")
    assert same(weights(resumed.directory), weights(whole.directory))
    assert ("rule.particles" in weights(whole.directory)) == bool(further)
    assert same(*(checkpoint(run.directory)["nnzoo"]["random"]["torch"] for run in (resumed, whole)))
    assert resumed.metrics == whole.metrics == nnzoo.evaluate(whole.directory)
    csv = [(run.directory / "metrics.csv").read_text() for run in (resumed, whole)]
    assert csv[0] == csv[1]


def test_resumed_within_an_epoch(tmp_path: Path) -> None:
    whole = nnzoo.train(*RUN, *CHAINS, "trainer.max_epochs=3", output_dir=tmp_path / "whole")
    half = nnzoo.train(*RUN, *CHAINS, "trainer.max_epochs=3", "trainer.max_steps=19", output_dir=tmp_path / "half")
    assert checkpoint(half.directory)["global_step"] == 19
    resumed = nnzoo.resume(half.directory, "trainer.max_steps=-1")
    assert same(weights(resumed.directory), weights(whole.directory))


def test_step_descends_surrogate_and_penalties() -> None:
    task = made("penalties=weights", "penalties.weights.weight=0.5", "optimizer.lr=0.1")
    examples = batch(task)
    before = {name: p.detach().clone() for name, p in task.net.named_parameters()}
    torch.manual_seed(0)
    task.rule.surrogate(task.net.model, examples.x.flatten(1), examples.y, 0).backward()
    expected = {name: before[name] - 0.1 * p.grad for name, p in task.net.named_parameters()}
    expected["model.hidden.weight"] -= 0.1 * 0.5 * before["model.hidden.weight"]
    optimizers, _ = task.configure_optimizers()
    torch.manual_seed(0)
    step = task.update(examples, *optimizers)
    assert_close(dict(task.net.named_parameters()), expected)
    assert task.steps_taken == 1
    task.net.load_state_dict(before)
    with torch.no_grad():
        assert_close(step.loss, task.compute(examples).loss)  # of the reconstruction, before the step
        assert_close({name: step.notes[name] for name in task.note_modes}, dict(task.compute(examples).notes))


def test_evaluation_changes_neither_chains_nor_random_state() -> None:
    task = made(*CHAINS)
    task.rule.initialize(task.net.model, [batch(task).x.flatten(1)])
    particles, state = task.rule.particles.clone(), torch.get_rng_state()
    task.eval()
    task.compute(batch(task))
    assert torch.equal(task.rule.particles, particles)
    assert torch.equal(torch.get_rng_state(), state)


def test_real_steps_of_sequences_are_examples() -> None:
    config = api.plain(compose(["model=rbm", "data=reber"]))
    task = build_task(config, build_data(config))
    assert isinstance(task, LocalRuleTask)
    given = batch(task)
    assert given.mask is not None
    x, y = task.examples(given)
    assert_close(x, torch.cat([row[real] for row, real in zip(given.x, given.mask, strict=True)]))
    assert torch.equal(x, y)
    assert len(x) == given.mask.sum() < given.mask.numel()


@pytest.mark.parametrize(
    ("overrides", "fault"),
    [
        ("model=rbm data=wine", "loss 'bce' takes inputs in [0, 1]; those of the data are not"),
        (
            "model=rbm loss=squared",
            "contrastive divergence reconstructs logits, which loss Squared does not take; choose loss=bce",
        ),
        ("model=autoencoder rule=contrastive_divergence", "contrastive divergence is for networks with a free energy "),
        (
            "model=mlp rule=contrastive_divergence",
            "rule 'contrastive_divergence' takes input; the target of the data is ",
        ),
        ("model=rbm task=pocket", "task 'pocket' takes classes; the target of the data is input"),
        (
            "model=rbm task=ridge_start ~rule",
            "the task needs a network whose last layer is linear; that of RBM is not",
        ),
        ("model=rbm model.hidden=0", "RBM: hidden is 0; it must be at least 1"),
        ("model=rbm rule.k=0", "rule.k is 0; it must be at least 1"),
        (
            "model=rbm penalties=activation",
            "activation penalty: RBM has no activation functions, maxout units or recurrent cells",
        ),
    ],
)
def test_invalid_settings_are_refused(overrides: str, fault: str) -> None:
    config = api.plain(compose(overrides.split()))
    with pytest.raises(UserError) as error:
        build_task(config, build_data(config))
    assert str(error.value).startswith(fault)
    assert "\n" not in str(error.value)


def test_the_task_needs_a_rule() -> None:
    config = api.plain(compose(["model=linear", "+task._target_=nnzoo.tasks.learners.local_rule.LocalRuleTask"]))
    with pytest.raises(UserError, match=r"^LocalRuleTask needs a local rule; choose rule=contrastive_divergence$"):
        build_task(config, build_data(config))


def test_check_gradients_refuses_local_rules() -> None:
    with pytest.raises(UserError, match=r"^rule 'contrastive_divergence' is not the gradient of any function; ~rule "):
        nnzoo.check(*RUN)
    assert nnzoo.check(*RUN, "~rule").ok
