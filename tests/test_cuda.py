"""Training, resuming and predictions on a GPU. Needs CUDA; elsewhere these tests are skipped.

`tests/zoo/test_devices.py` and `tests/tasks/test_synchronization.py` check on the CPU what can be checked there.
"""

import json
import shlex
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from nnzoo import api
from nnzoo.config.catalogue import cards
from nnzoo.errors import UserError
from nnzoo.spec import Batch
from nnzoo.tasks.base import Task
from nnzoo.tasks.captured_steps import CapturedSteps
from nnzoo.tasks.step import Step
from torch import Tensor
from torch.testing import assert_close

from tests.support.runs import TINY, checkpoint, only

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no CUDA device")

GPU = ("trainer.accelerator=cuda",)
BF16 = ("trainer.precision=bf16-mixed",)
SHORT = ("~callbacks.figures", "trainer.max_epochs=1")
STEPS = {  # families of steps: tables, images, sequences with and without padding, closed forms, rules, samples
    "mlp": ("model=mlp", "data=digits", "optimizer=momentum"),
    "lenet5": ("model=lenet5", "data=digits", "optimizer=momentum"),
    "lstm": ("model=lstm", "model.hidden=8", "data=reber", "optimizer=momentum"),
    "ridge": ("model=ridge", "data=sines"),
    "perceptron": ("model=perceptron", "data=disjunction", "optimizer.lr=1.0"),  # exact numbers: no ties by rounding
    "matrix_factorization": ("model=matrix_factorization", "data=toy_ratings"),
    "autoencoder": ("model=autoencoder", "data=digits"),
    "linear_regression": ("model=linear_regression", "data=sines", "optimizer.lr=0.01"),
}
CAPTURED = {
    "mlp": ("model=mlp", "data=digits"),
    "dropout": ("model=mlp", "model.dropout=0.3", "data=digits"),
    "momentum": ("model=mlp", "data=digits", "optimizer=momentum"),
    "clipped": ("model=mlp", "data=digits", "optimizer=sgd", "trainer.gradient_clip_val=0.1"),
    "schedule": ("model=mlp", "data=digits", "optimizer=sgd", "scheduler=cosine"),
    "penalty": ("model=mlp", "data=digits", "penalties=activation"),
    "lenet5": ("model=lenet5", "data=digits", "trainer.channels_last=true"),
    "lstm": ("model=lstm", "model.hidden=8", "data=reber", "loader.batch_size=400", "trainer.max_epochs=8"),
    "gru": ("model=gru", "model.hidden=8", "data=latch"),
    "vae": ("model=vae", "data=digits", "loss=bce"),
    "unknown entries": ("model=autoencoder", "data=toy_ratings", "data.layout=rows"),
}


@pytest.fixture(autouse=True)
def exact() -> Iterator[None]:
    """Compute convolutions and recurrent layers in float32, as the CPU does."""
    before = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = False
    yield
    torch.backends.cudnn.allow_tf32 = before


def trained(folder: Path, *settings: str) -> Path:
    """Train in a folder of its own and return the run."""
    result = api.train(*(each for each in SHORT if each not in settings), *settings, output_dir=folder)
    assert result.status == "done", result.message
    return only(folder)


def losses(run: Path) -> list[float]:
    """Return the mean metrics of a run, without the numbers of errors."""
    found = json.loads((run / "results.json").read_text())
    split = found["test/last"]
    return [value for name, value in sorted(split.items()) if "errors" not in name]


def weights(run: Path) -> dict[str, Tensor]:
    return {name: value.cpu() for name, value in checkpoint(run)["state_dict"].items()}


@pytest.mark.parametrize("name", cards())
def test_every_network_trains(name: str, tmp_path: Path) -> None:
    """With its example, its figures and all its callbacks; the checkpoint is one that the CPU loads."""
    example = shlex.split(cards()[name].command)[2:]
    few = () if "seq2seq" in name else ("trainer.limit_train_batches=4",)
    result = api.train(*example, *GPU, "trainer.max_epochs=1", *few, output_dir=tmp_path)
    assert result.status == "done", result.message
    run = only(tmp_path)
    assert "could not be drawn" not in (run / "run.log").read_text()
    assert all(value.device.type == "cpu" for value in api.load(run).network.state_dict().values())


@pytest.mark.parametrize("name", STEPS)
def test_metrics_are_those_of_the_cpu(name: str, tmp_path: Path) -> None:
    both = [
        trained(tmp_path / device, *STEPS[name], f"trainer.accelerator={device}", "trainer.threads=1")
        for device in ("cpu", "cuda")
    ]
    one, other = (np.array(losses(run)) for run in both)
    np.testing.assert_allclose(one, other, rtol=2e-3, atol=2e-3, equal_nan=True)


@pytest.mark.parametrize("graphs", [False, True], ids=["", "graphs"])
def test_a_resumed_run_is_the_same(tmp_path: Path, graphs: bool) -> None:
    settings = (*TINY, *GPU, "model.dropout=0.3", f"trainer.cuda_graphs={str(graphs).lower()}")
    whole = api.train(*settings, "trainer.max_epochs=4", output_dir=tmp_path / "whole")
    api.train(*settings, "trainer.max_epochs=2", output_dir=tmp_path / "half")
    half = only(tmp_path / "half")
    api.resume(half, "trainer.max_epochs=4")
    one, other = weights(Path(whole.directory)), weights(half)
    for key in one:
        assert_close(other[key], one[key], rtol=1e-5, atol=1e-6)


def test_a_run_of_the_gpu_continues_on_the_cpu(tmp_path: Path) -> None:
    """With Adam, whose state of captured steps lies on the GPU."""
    api.train(*TINY, *GPU, "optimizer=adam", "trainer.cuda_graphs=true", output_dir=tmp_path)
    run = only(tmp_path)
    (state,) = checkpoint(run)["optimizer_states"]
    assert not any(group["capturable"] for group in state["param_groups"])
    result = api.resume(run, "trainer.max_epochs=3", "trainer.accelerator=cpu", "trainer.cuda_graphs=false")
    assert result.status == "done"


@pytest.mark.parametrize("name", CAPTURED)
def test_captured_steps_equal_the_others(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last batch of an epoch is smaller; all steps on full batches after the first three are captured.

    In float64, since float32 would not tell a fault from rounding; captured Adam counts its steps in float32.
    """
    replays = []
    replayed = CapturedSteps.replayed
    monkeypatch.setattr(CapturedSteps, "replayed", lambda *given: replays.append(1) or replayed(*given))
    settings = ("trainer.max_epochs=3", *CAPTURED[name], *GPU, "trainer.precision=64-true", "~callbacks.figures")
    runs = []
    for graphs in (False, True):
        folder = tmp_path / str(graphs)
        result = api.train(*settings, f"trainer.cuda_graphs={str(graphs).lower()}", output_dir=folder)
        assert result.status == "done", result.message
        runs.append(only(folder))
    assert len(replays) >= 3
    one, other = (weights(run) for run in runs)
    for key in one:
        assert_close(other[key], one[key], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(losses(runs[0]), losses(runs[1]), rtol=1e-3, atol=1e-3, equal_nan=True)


def test_captured_steps_in_bf16(tmp_path: Path) -> None:
    """As near to float32 as steps that are not captured: weights are converted anew in each replay."""
    settings = ("model=mlp", "data=digits", "optimizer=momentum", *GPU, "~callbacks.figures", "trainer.max_epochs=3")
    kinds = {"float32": (), "bf16": BF16, "captured": (*BF16, "trainer.cuda_graphs=true")}
    runs = {name: trained(tmp_path / name, *settings, *further) for name, further in kinds.items()}
    found = {name: losses(run) for name, run in runs.items()}
    np.testing.assert_allclose(found["bf16"], found["float32"], rtol=0.05, atol=0.05)
    np.testing.assert_allclose(found["captured"], found["bf16"], rtol=0.05, atol=0.05)


def test_a_step_that_cannot_be_captured_is_refused_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gradient = Task.gradient

    def reading(self: Task, batch: Batch, share: float = 1.0) -> Step:
        step = gradient(self, batch, share)
        assert step.loss.item() > 0  # waits for the device, which a graph cannot do
        return step

    monkeypatch.setattr(Task, "gradient", reading)
    with pytest.raises(UserError, match=r"^trainer.cuda_graphs=true: the step cannot be captured \(.*\); leave it out"):
        api.train(*TINY, *GPU, "trainer.cuda_graphs=true", output_dir=tmp_path)
    assert float(torch.ones(1, device="cuda").sum()) == 1  # the device still works


@pytest.mark.parametrize("name", ["mlp", "lenet5", "matrix_factorization", "linear_regression"])
def test_a_step_reads_nothing(name: str, tmp_path: Path) -> None:
    """torch warns of each wait for the GPU; there are as many of them with four times as many steps in a slice."""
    counts = []
    for batches in (8, 32):
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                torch.cuda.set_sync_debug_mode("warn")  # warns that it is a prototype
                api.train(
                    *STEPS[name],
                    *GPU,
                    "loader.batch_size=16",
                    "~callbacks.figures",
                    "trainer.max_epochs=1",
                    "trainer.steps_per_slice=32",
                    f"trainer.limit_train_batches={batches}",
                    "trainer.limit_val_batches=0",
                    output_dir=tmp_path / str(batches),
                )
        finally:
            torch.cuda.set_sync_debug_mode("default")
        found = [each for each in caught if "called a synchronizing" in str(each.message)]
        waits = [f"{each.filename}:{each.lineno}" for each in found]
        counts.append((len(waits), waits))
    assert counts[0][0] <= counts[1][0] <= counts[0][0] + 2, counts


def test_predictions_of_a_run_of_the_gpu(tmp_path: Path) -> None:
    run = trained(tmp_path, "model=mlp", "data=digits", "data.size=8", *GPU)
    found = api.predict(run, torch.rand(5, 1, 8, 8, generator=torch.Generator().manual_seed(0)))
    assert len(found["prediction"]) == 5


def test_workers_of_a_sweep(tmp_path: Path) -> None:
    found = api.sweep(
        *(each for each in TINY if "accelerator" not in each),
        *GPU,
        params={"optimizer.lr": [0.01, 0.1]},
        sweep={"workers": 2},
        output_dir=tmp_path,
    )
    assert found.table["val/acc"].notna().all()
