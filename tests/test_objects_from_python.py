"""Objects from Python in a run, and in what is done with the run afterwards."""

import shutil
from collections.abc import Callable
from copy import deepcopy
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nnzoo
import pytest
import torch
from nnzoo.builders.objects import weights_digest
from nnzoo.config.given import Given
from nnzoo.errors import DataWarning, UserError
from nnzoo.runs.checkpoint import Checkpoint
from nnzoo.runs.directory import RunDirectory
from nnzoo.sweeps.objects import in_this_process
from nnzoo.training.run import load_last_weights
from pytorch_lightning import Callback, callbacks
from sklearn.datasets import load_iris
from sklearn.metrics import f1_score
from torch import Tensor, nn
from torchmetrics.classification import MulticlassAccuracy, MulticlassF1Score

from tests.support.commands import exit_code
from tests.support.importable import TopNet, macro_f1, top_loss, top_optimizer
from tests.support.runs import assert_same_outcome, same, weights

QUICK = ("~callbacks.figures", "~callbacks.boundaries", "~logger.tensorboard", "trainer.accelerator=cpu")
IRIS = load_iris(as_frame=True).frame
SIZES = {"train": 108, "val": 12, "test": 30}


class Epochs(Callback):
    """Counts epochs."""

    def __init__(self) -> None:
        self.number = 0

    def on_train_epoch_end(self, *_: Any) -> None:
        self.number += 1

    def state_dict(self) -> dict[str, Any]:
        return {"number": self.number}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.number = state_dict["number"]


def objects() -> dict[str, Any]:
    """Return new objects, of which none has an import path."""
    torch.manual_seed(3)
    return {
        "model": nn.Sequential(nn.Linear(4, 6), nn.Dropout(0.2), nn.Tanh(), nn.Linear(6, 3)),
        "loss": nn.CrossEntropyLoss(label_smoothing=0.1),
        "optimizer": lambda parameters: torch.optim.SGD(parameters, lr=0.05, momentum=0.9),
        "scheduler": lambda optimizer: torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5),
        "metrics": {"f1": MulticlassF1Score(num_classes=3), "own": lambda *both: macro_f1(*both)},
        "callbacks": [Epochs()],
    }


def train(folder: Path, epochs: int, given: dict[str, Any]) -> nnzoo.api.Result:
    settings = {"output_dir": folder, "trainer.max_epochs": epochs, "evaluate": [*SIZES], **given}
    return nnzoo.train(*QUICK, data=IRIS, target="target", **settings)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A run of four epochs, and the objects after it."""
    given = objects()
    return SimpleNamespace(result=train(tmp_path_factory.mktemp("whole"), 4, given), given=given)


@pytest.fixture
def passed(whole: SimpleNamespace) -> Callable[..., dict[str, Any]]:
    return lambda *groups: {group: whole.given[group] for group in groups}


def test_the_objects_are_trained(whole: SimpleNamespace) -> None:
    result, given = whole.result, whole.given
    saved = weights(result.directory)
    assert all(torch.equal(saved[f"net.model.{name}"], value) for name, value in given["model"].state_dict().items())
    assert given["callbacks"][0].number == 4
    assert {"loss", "acc", "errors", "f1", "own"} == set(result.metrics["test/last"])


def test_loaded_networks_give_the_reported_metrics(whole: SimpleNamespace, passed: Any) -> None:
    """Errors and loss of the splits add up to those of the whole file; the loss is of targets smoothed by 0.1."""
    run, before, reported = whole.result.directory, weights_digest(whole.given["model"]), whole.result.metrics
    found = nnzoo.predict(run, IRIS, probabilities=True, which="last", **passed("model", "loss"))
    true = IRIS["target"].to_numpy().copy()
    assert sum(reported[f"{split}/last"]["errors"] for split in SIZES) == (found["prediction"] != true).sum()
    smooth = 0.9 * torch.eye(3)[true] + 0.1 / 3
    loss = -(smooth * torch.from_numpy(found["probabilities"]).log()).sum(1).mean()
    total = sum(size * reported[f"{split}/last"]["loss"] for split, size in SIZES.items())
    assert total / 150 == pytest.approx(float(loss), abs=1e-5)
    assert nnzoo.evaluate(run, data=IRIS, **passed("model", "loss", "metrics")) == reported
    part = nnzoo.evaluate(run, data=IRIS[::2], **passed("model", "loss", "metrics"))["test/last"]
    assert part["f1"] == pytest.approx(f1_score(true[::2], found["prediction"][::2], average="macro"))
    assert part["own"] == pytest.approx(part["f1"])
    assert weights_digest(whole.given["model"]) == before
    assert nnzoo.load(run, **passed("model", "loss")).model is not whole.given["model"]


def test_resumed_runs_continue_exactly(tmp_path: Path, whole: SimpleNamespace) -> None:
    half = train(tmp_path, 2, objects())
    given = objects()
    resumed = nnzoo.resume(half.directory, "trainer.max_epochs=4", data=IRIS, **given)
    assert resumed.metrics == whole.result.metrics
    assert_same_outcome(half.directory, whole.result.directory)
    assert given["callbacks"][0].number == 4
    assert same(given["model"].state_dict(), whole.given["model"].state_dict())


def test_rerun_trains_a_network_from_its_present_weights(tmp_path: Path, whole: SimpleNamespace) -> None:
    run = shutil.copytree(whole.result.directory, tmp_path / "iris" / "run")
    again = nnzoo.rerun(run, data=IRIS, **objects())
    assert again.metrics == whole.result.metrics
    trained = {**objects(), "model": deepcopy(whole.given["model"])}
    with pytest.warns(DataWarning, match="does not have the weights with which the run began"):
        other = nnzoo.rerun(run, "trainer.max_epochs=1", data=IRIS, **trained)
    digests = [RunDirectory(each).config()["model"]["_weights_"] for each in (run, again.directory, other.directory)]
    assert digests[0] == digests[1] != digests[2]


def test_one_line_says_what_to_pass_again(whole: SimpleNamespace, capsys: pytest.CaptureFixture[str]) -> None:
    run = whole.result.directory
    network = "model=Sequential, loss=CrossEntropyLoss"
    metrics = r"metrics=\{'f1': MulticlassF1Score, 'own': <lambda>\}"
    everything = rf"{network}, optimizer=<lambda>, scheduler=<lambda>, {metrics}, callbacks=\[Epochs\]\)$"
    for call in (nnzoo.load, partial(nnzoo.predict, raw=IRIS), partial(nnzoo.encode, raw=IRIS), nnzoo.sample):
        with pytest.raises(UserError, match=rf"must be passed again: nnzoo.load\('.*', {network}\)$"):
            call(run)
    with pytest.raises(UserError, match=rf"nnzoo.evaluate\('.*', {network}, {metrics}\)$"):
        nnzoo.evaluate(run, data=IRIS, model=whole.given["model"])
    for name in ("resume", "rerun"):
        with pytest.raises(UserError, match=rf"nnzoo.{name}\('.*', {everything}"):
            getattr(nnzoo, name)(run, data=IRIS)
    assert exit_code("predict", f"run={run}", "input=x.csv") == 2
    assert exit_code("evaluate", f"run={run}") == 2
    assert exit_code("rerun", f"run={run}") == 2
    assert exit_code("train", f"resume={run}") == 2
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("nnzoo: ")]
    assert [line.count("must be passed again: nnzoo.") for line in errors] == [1, 1, 1, 1]
    assert exit_code("runs", "show", str(run)) == 0
    shown = capsys.readouterr().out
    assert "from_python.Sequential" in shown
    assert "from_python.CrossEntropyLoss" in shown
    report = nnzoo.report(run).read_text()
    assert "model=Sequential, loss=CrossEntropyLoss, optimizer=" in report


def test_objects_with_import_paths_are_found_again(tmp_path: Path) -> None:
    package = TopNet.__module__.partition(".")[0]
    given = {"model": partial(TopNet, width=3), "loss": top_loss, "optimizer": partial(top_optimizer, rate=0.2)}
    given["metrics"] = {"f1": partial(MulticlassF1Score, num_classes=3), "own": macro_f1}
    result = train(tmp_path, 1, given)
    config = RunDirectory(result.directory).config()
    assert config["model"] == {"_target_": f"{TopNet.__module__}.TopNet", "width": 3}
    assert config["optimizer"] == {"_target_": f"{TopNet.__module__}.top_optimizer", "_partial_": True, "rate": 0.2}
    assert config["metrics"]["own"] == {"_target_": f"{TopNet.__module__}.macro_f1"}
    with pytest.raises(UserError, match=rf"TopNet' is not allowed; .* 'allow=\[{package}\]'"):
        nnzoo.load(result.directory)
    assert nnzoo.evaluate(result.directory, data=IRIS, allow=[package]) == result.metrics
    assert (
        nnzoo.load(result.directory, **{key: given[key] for key in ("model", "loss")}).model.layers[0].out_features == 3
    )
    assert nnzoo.rerun(result.directory, data=IRIS, **given).metrics == result.metrics


def test_networks_trained_by_other_processes_get_the_last_weights(whole: SimpleNamespace) -> None:
    net = objects()["model"]
    load_last_weights(Given({"model": net}), whole.result.directory)
    assert same(net.state_dict(), whole.given["model"].state_dict())


def test_automatic_resume_compares_the_first_weights(tmp_path: Path) -> None:
    first = train(tmp_path, 1, objects())
    RunDirectory(first.directory).set_status("interrupted")
    again = train(tmp_path, 1, {**objects(), "resume": "auto"})
    assert again.directory == first.directory
    RunDirectory(first.directory).set_status("interrupted")
    changed = objects()
    nn.init.zeros_(changed["model"][0].weight)
    assert train(tmp_path, 1, {**changed, "resume": "auto"}).directory != first.directory


def test_sweeps_copy_the_network(tmp_path: Path) -> None:
    given = objects()
    before = weights_digest(given["model"])
    del given["optimizer"], given["scheduler"]
    result = nnzoo.sweep(
        *QUICK, "trainer.max_epochs=1", data=IRIS, target="target", output_dir=tmp_path,
        params={"optimizer.lr": [0.0, 0.1]}, sweep={"metric": "val/f1"}, **given,
    )  # fmt: skip
    assert result.status == "done"
    assert weights_digest(given["model"]) == before
    assert given["callbacks"][0].number == 0
    runs = [RunDirectory(config.parent) for config in result.directory.glob("*/config.yaml")]
    still = next(run.path for run in runs if run.config()["optimizer"]["lr"] == 0)
    assert weights_digest(nnzoo.load(still, model=given["model"], loss=given["loss"]).model) == before


def test_objects_of_notebooks_are_trained_in_this_process() -> None:
    own = type("Own", (nn.Module,), {"__module__": "__main__"})
    for found, reason in ((lambda: None, r"model cannot be sent to a worker process \(.*\)"), (own, "notebook|Own")):
        given = Given({"model": found})
        assert in_this_process(["seed=3"], given) == ["seed=3", "sweep.workers=0"]
        assert in_this_process(["sweep.workers=0"], given) == ["sweep.workers=0"]
        with pytest.raises(UserError, match=f"^sweep.workers=2: .*{reason}.*; leave it out"):
            in_this_process(["sweep.workers=2"], given)
    assert in_this_process(["seed=3"], Given({"model": nn.Linear(2, 2)})) == ["seed=3"]


def test_range_test_and_gradient_check_leave_the_network_unchanged(tmp_path: Path) -> None:
    net = objects()["model"]
    before = weights_digest(net)
    found = nnzoo.lr_find(steps=20, data=IRIS, target="target", model=net, output_dir=tmp_path)
    assert found.command == ""
    assert nnzoo.check(model=net, loss=nn.CrossEntropyLoss(weight=torch.ones(3)), data="iris").ok
    assert weights_digest(net) == before
    with pytest.raises(UserError, match="optimizer 'lambda' has no setting lr"):
        nnzoo.lr_find(data="iris", optimizer=lambda p: torch.optim.SGD(p), output_dir=tmp_path)


def test_networks_with_the_sizes_of_data() -> None:
    assert nnzoo.create_model(TopNet, data=IRIS, target="target", width=7).layers[0].weight.shape == (7, 4)
    assert nnzoo.create_model("mlp", data="iris", hidden=[3])(torch.zeros(2, 4)).shape == (2, 3)
    net = nn.Linear(4, 3)
    assert nnzoo.create_model(net, data="iris") is net
    with pytest.raises(UserError, match="needs data, such as data='iris'"):
        nnzoo.create_model(TopNet)
    with pytest.raises(UserError, match=r"returns a tensor \[2, 2\]; the data needs \[2, 3\]"):
        nnzoo.create_model(nn.Linear(4, 2), data="iris")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"model": dict}, "model is the class dict; it takes a torch.nn.Module, its class, or a function"),
        ({"model": TopNet, "model.widht": 3}, "did you mean 'model.width'"),
        ({"model": lambda width: nn.Linear(4, 3), "model.widht": 3}, "unexpected keyword argument 'widht'"),
        ({"model": nn.Linear(4, 3), "model.width": 3}, "model.width has no effect: the network is built already"),
        ({"loss": torch.optim.SGD}, "loss is the class SGD; it takes a torch.nn.Module, or a function"),
        (
            {"loss": lambda output, target: output.sum(1)},
            r"'lambda' returns a tensor \[4\] .*; it must return one",
        ),
        ({"loss": lambda output, target: 3.0}, "loss 'lambda' returns a float"),
        ({"loss": lambda output, target: output.detach().sum()}, "loss 'lambda' has no gradient"),
        ({"loss": lambda output, target: torch.ones((), requires_grad=True)}, "loss 'lambda' has no gradient"),
        (
            {"loss": nn.BCEWithLogitsLoss()},
            r"'BCEWithLogitsLoss' fails for outputs \[4, 3\] and targets \[4\]: ",
        ),
        ({"loss": nn.MSELoss()}, r"'MSELoss' fails for outputs \[4, 3\] and targets \[4\]: Using a target size"),
        ({"loss": lambda output, target: (output - target).mean()}, r"'lambda' fails for outputs \[4, 3\] and targets"),
        ({"loss": nn.CrossEntropyLoss(reduction="sum")}, "'CrossEntropyLoss' returns the sum over the examples; it"),
        (
            {"loss": nn.NLLLoss()},
            "'NLLLoss' takes log-probabilities, and the exponentials of the outputs do not ",
        ),
        (
            {"loss": nn.MSELoss(), "class_weight": "balanced"},
            "class_weight=balanced is .*, not for the function 'MSEL",
        ),
        ({"optimizer": torch.optim.SGD(nn.Linear(1, 1).parameters())}, r"pass the class or functools.partial\(SGD"),
        ({"optimizer": lambda p: torch.optim.SGD(nn.Linear(1, 1).parameters())}, "optimizer SGD has other weights"),
        ({"optimizer": partial(torch.optim.Adam, capturable=True)}, "optimizer Adam: If capturable=True"),
        ({"optimizer": nn.Linear}, "optimizer is the class Linear; it takes a class of torch.optim"),
        ({"optimizer": lambda parameters: 3}, "optimizer 'lambda' returns 3; it must return a torch.optim.Optimizer"),
        ({"scheduler": lambda optimizer: None}, "scheduler 'lambda' returns None"),
        (
            {"metrics": {"f1": nn.Linear}},
            "metrics.f1 is the class Linear; it takes a torchmetrics.Metric, or a",
        ),
        ({"metrics": MulticlassF1Score(num_classes=3)}, "metrics is .*; it takes a mapping from names, metrics="),
        ({"metrics": {"acc": macro_f1}}, "metrics.acc: the task already has a metric acc; choose another name"),
        (
            {"metrics": {"few": MulticlassAccuracy(num_classes=2)}},
            r"metric 'few' fails for predictions \[12\] and ",
        ),
        ({"metrics": {"two": lambda *both: torch.ones(2)}}, r"of an epoch: it returns a Tensor \[2\], not one"),
        ({"metrics": {"none": lambda *both: None}}, "of an epoch: it returns a NoneType, not one number"),
        ({"metrics": {"each": MulticlassAccuracy(3, average=None)}}, r"it returns a Tensor \[3\], not one number"),
        ({"metrics": {"a/b": macro_f1}}, "metrics has the name 'a/b'; names are letters, digits and underscores"),
        ({"callbacks": [3]}, "unknown callbacks '3'"),
        (
            {"callbacks": [Epochs]},
            r"Epochs is the class Epochs, not an instance of .*; pass an instance, Epochs\(\)",
        ),
        ({"callbacks": [macro_f1]}, "callbacks.macro_f1 is .*, not an instance of pytorch_lightning.Callback"),
        ({"callbacks": [callbacks.EarlyStopping("val/acuracy")]}, "val/acuracy.*did you mean 'val/acc"),
        ({"callbacks": [callbacks.LearningRateMonitor()]}, "LearningRateMonitor counts Lightning's batches"),
        (
            {"callbacks": [callbacks.ModelCheckpoint(every_n_train_steps=2)]},
            "callbacks.ModelCheckpoint.every_n_train_steps is checked only after each Lightning batch",
        ),
        ({"callbacks": [callbacks.BackboneFinetuning()]}, "BackboneFinetuning needs a LightningModule with a backbone"),
        ({"head": TopNet(4, 3)}, "head is TopNet; pass a class in place of a function or an instance"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
def test_wrong_objects(tmp_path: Path, settings: dict[str, Any], message: str) -> None:
    package = {"allow": [TopNet.__module__.partition(".")[0]]} if settings.get("model") is TopNet else {}
    with pytest.raises(UserError, match=message) as found:
        nnzoo.train(*QUICK, "data=iris", **{"model": nn.Linear(4, 3), "output_dir": tmp_path, **settings, **package})
    assert "\n" not in str(found.value)
    assert not list(tmp_path.iterdir())


def test_a_model_that_is_given_twice() -> None:
    with pytest.raises(UserError, match="model is given twice, as 'model=mlp' and as an object"):
        nnzoo.train("model=mlp", model=TopNet, data="iris")


def test_metrics_that_fail_later_end_in_one_line(tmp_path: Path) -> None:
    calls: list[int] = []

    def late(prediction: Tensor, target: Tensor) -> float:
        calls.append(1)
        return 1.0 if len(calls) < 2 else 1 / 0

    with pytest.raises(UserError, match=r"^metric 'late' fails for the predictions .*: division by zero$"):
        train(tmp_path, 1, {"model": nn.Linear(4, 3), "metrics": {"late": late}})
    (run,) = tmp_path.glob("*/*")
    assert RunDirectory(run).status() == "failed"


def test_checkpoints_of_a_callback_are_in_the_run(tmp_path: Path) -> None:
    saves = callbacks.ModelCheckpoint(filename="mine")
    run = train(tmp_path, 1, {"model": nn.Linear(4, 3), "callbacks": [saves]}).directory
    assert Path(saves.best_model_path) == run / "checkpoints" / "mine.ckpt"
    assert saves.dirpath is None  # the next run has another directory


def test_training_ends_on_the_last_weights_also_after_evaluating_the_best(tmp_path: Path) -> None:
    net = nn.Sequential(nn.Linear(4, 3))
    best = ("callbacks.best.monitor=val/loss", "callbacks.best.mode=max")  # the first epoch: the loss falls
    result = nnzoo.train(*QUICK, *best, "trainer.max_epochs=3", model=net, data="iris", output_dir=tmp_path)
    saved = [Checkpoint.read(RunDirectory(result.directory).checkpoint(name)).weights for name in ("best", "last")]
    first, last = ({name.removeprefix("model."): w for name, w in each.items()} for each in saved)
    assert result.metrics["test/best"] != result.metrics["test/last"]
    assert not same(first, last)
    assert same(net.state_dict(), last)
