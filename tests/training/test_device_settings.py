from pathlib import Path

import nnzoo
import pytest
import torch
from nnzoo.api import plain
from nnzoo.builders.data import build_data
from nnzoo.builders.tasks import build_task
from nnzoo.config.compose import compose
from nnzoo.errors import UserError
from nnzoo.runs.directory import RunDirectory
from nnzoo.training import trainers
from nnzoo.training.device_settings import check_device_settings, matmul_precision, set_memory_format
from nnzoo.training.plan import Plan
from torch.testing import assert_close

from tests.support.commands import exit_code
from tests.support.runs import TINY

GRAPHS = "trainer.cuda_graphs=true"
LENET = ("model=lenet5", "data=digits", "trainer.accelerator=cpu")


def plan(*overrides: str) -> Plan:
    config = plain(compose(list(overrides)))
    data = build_data(config)
    return Plan(config, data, build_task(config, data))


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (("trainer.compile=true",), "trainer.compile=true captures the step itself"),
        (("trainer.accumulate_grad_batches=2",), "a step on several batches .* is not captured"),
        (("scheduler=cosine", "scheduler.interval=step", "scheduler.T_max=9"), "scheduler.interval=step changes it"),
        (("optimizer=adagrad",), "the steps of optimizer Adagrad cannot be captured"),
        (("model=lstm", "data=reber", "trainer.truncated_bptt_steps=4"), "segments continue the state"),
        (("model=lstm", "data=reber", "loader.batch_size=50"), "the batches have different lengths"),
        (("model=perceptron", "data=disjunction"), "RuleTask has steps of its own"),
        (("model=gan", "data=ring"), "Adversarial has steps of its own"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_steps_that_cannot_be_captured(settings: tuple[str, ...], reason: str) -> None:
    with pytest.raises(UserError, match=f"^trainer.cuda_graphs=true: .*{reason}.*; leave it out$"):
        check_device_settings(plan("model=mlp", "data=digits", GRAPHS, *settings), "cuda")


def test_steps_that_can_be_captured() -> None:
    check_device_settings(plan("model=mlp", "data=digits", GRAPHS, "optimizer=momentum", "scheduler=step"), "cuda")
    check_device_settings(plan("model=lstm", "data=reber", "loader.batch_size=400", GRAPHS), "cuda")


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        (GRAPHS, "the run is on the CPU, which has no CUDA graphs"),
        ("trainer.matmul_precision=high", "has an effect on CUDA devices only"),
        ("trainer.matmul_precision=hihg", "did you mean 'high'"),
        ("trainer.channels_last=true", "has no effect: the network has no convolution"),
    ],
)
def test_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], setting: str, reason: str) -> None:
    assert exit_code("train", *TINY, setting, f"output_dir={tmp_path}") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert reason in line
    assert not list(tmp_path.iterdir())


def test_channels_last_changes_only_the_memory() -> None:
    """Value and gradient are the same; the outputs of the convolutions have their channels last in memory."""
    nets = [plan(*LENET, "seed=3").task for _ in "ab"]
    for task in nets:
        task.net.load_state_dict(nets[0].net.state_dict())
        task.double()
    set_memory_format(nets[1].net, True, "cuda")
    kept = []
    convolution = next(layer for layer in nets[1].net.modules() if isinstance(layer, torch.nn.Conv2d))
    convolution.register_forward_hook(lambda layer, given, output: kept.append(output))
    batch = nets[0].spec.fake_batch(4, torch.Generator().manual_seed(0))
    batch = batch._replace(x=batch.x.double())
    steps = [task.gradient(batch) for task in nets]
    assert_close(steps[1].loss, steps[0].loss)
    for p, q in zip(*(task.net.parameters() for task in nets), strict=True):
        assert_close(p.grad, q.grad)
    assert kept[0].is_contiguous(memory_format=torch.channels_last)
    assert not kept[0].is_contiguous()


@pytest.mark.parametrize(("setting", "expected"), [("null", True), ("true", True), ("false", False)])
def test_the_trainer_sets_the_memory_format(tmp_path: Path, setting: str, expected: bool) -> None:
    for build in (lambda made: trainers.build(made, RunDirectory(tmp_path)), trainers.build_evaluator):
        made = plan(*LENET, f"trainer.channels_last={setting}")
        with trainers.quiet_lightning():
            build(made)
        assert has_channels_last(made.task.net) == expected


@pytest.mark.parametrize(("accelerator", "expected"), [("cpu", True), ("cuda", False), ("mps", False)])
def test_where_channels_are_last_by_default(accelerator: str, expected: bool) -> None:
    net = torch.nn.Sequential(torch.nn.ConvTranspose2d(2, 3, 3), torch.nn.Conv3d(3, 2, 3))
    set_memory_format(net, None, accelerator)
    assert has_channels_last(net) == expected


def test_loaded_networks_have_the_memory_format(tmp_path: Path) -> None:
    for setting, expected in (("null", True), ("false", False)):
        run = nnzoo.train(
            *LENET, "trainer.max_epochs=0", f"trainer.channels_last={setting}", output_dir=tmp_path / setting
        )
        assert has_channels_last(nnzoo.load(run.directory).network) == expected


def has_channels_last(net: torch.nn.Module) -> bool:
    weight = next(p for p in net.parameters() if p.ndim == 4 and min(p.shape[:2]) > 1)
    return weight.is_contiguous(memory_format=torch.channels_last)


def test_precision_of_products_is_restored() -> None:
    before = torch.get_float32_matmul_precision()
    with matmul_precision("high"):
        assert torch.get_float32_matmul_precision() == "high"
    assert torch.get_float32_matmul_precision() == before
    with matmul_precision(None):
        assert torch.get_float32_matmul_precision() == before
