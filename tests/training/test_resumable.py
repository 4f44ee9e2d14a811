"""Checkpoints that do not fit the run are refused before anything of it is changed."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from nnzoo import api
from nnzoo.errors import DataWarning, UserError
from nnzoo.runs.checkpoint import read
from torch.utils._pytree import tree_map

from tests.support.runs import TINY, train

SETTINGS = (
    "callbacks=early_stopping",
    "scheduler=exponential",
    "trainer.max_epochs=1",
    "trainer.limit_train_batches=2",
    "evaluate=[]",
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(tmp_path_factory.mktemp("runs"), *SETTINGS).directory


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained, tmp_path / "run"))


@pytest.fixture
def trained_with_results(tmp_path: Path) -> Path:
    return train(tmp_path, *SETTINGS, "evaluate=[val]").directory.rename(tmp_path / "run")


def replaced(content: Any, key: tuple[Any, ...], value: Any) -> None:
    """Replace a value in nested data; `del` deletes it."""
    node = content
    for part in key[:-1]:
        node = node[part]
    if value is del_:
        del node[key[-1]]
    else:
        node[key[-1]] = value


del_ = object()
OPTIMIZER = ("optimizer_states", 0)
RANDOM = ("nnzoo", "random")
STOP = "EarlyStopping{'monitor': 'val/acc', 'mode': 'max'}"
HOSTILE = {
    "no optimizer": (("optimizer_states",), del_, "optimizer_states is missing"),
    "no random state": (RANDOM, del_, "nnzoo.random is missing"),
    "no states": (("optimizer_states",), [], "optimizer_states has 0 states; there are 1 optimizers"),
    "no moments": ((*OPTIMIZER, "state"), {}, "its optimizer has no step and no exp_avg"),
    "moment of another shape": ((*OPTIMIZER, "state", 0, "exp_avg"), torch.zeros(3), "the exp_avg of parameter 0"),
    "moment is a list": ((*OPTIMIZER, "state", 0, "exp_avg"), [1.0], "the exp_avg of parameter 0"),
    "setting": (
        (*OPTIMIZER, "param_groups", 0, "decoupled_weight_decay"),
        torch.zeros(0),
        "the decoupled_weight_decay of",
    ),
    "learning rate": ((*OPTIMIZER, "param_groups", 0, "lr"), "x", "the lr of its optimizer is of another kind"),
    "schedule": (("lr_schedulers", 0, "_step_count"), torch.zeros(0), "the _step_count of its schedule"),
    "fewer parameters": ((*OPTIMIZER, "param_groups", 0, "params"), [0], "its optimizer has 1 parameters, now 4"),
    "weight is missing": (("state_dict", "net.model.layers.0.weight"), del_, "another network"),
    "shape of the data": (("nnzoo", "spec", "shape"), [1, 9, 9], "trained on other data"),
    "number of classes": (("nnzoo", "spec", "target_size"), 11, "trained on other data"),
    "position": (("nnzoo", "stream", "done"), 10**9, "nnzoo.stream.done is 1000000000; an epoch has 2 steps"),
    "random state": ((*RANDOM, "torch"), torch.zeros(3, dtype=torch.uint8), "nnzoo.random is damaged"),
    "random state of Python": ((*RANDOM, "python"), [3, [1, 2], None], "nnzoo.random is damaged"),
    "random state of NumPy": ((*RANDOM, "numpy"), [], "nnzoo.random is damaged"),
    "sums": (("nnzoo", "train", "sums"), "x", "cannot be resumed"),
    "no stopped": (("nnzoo", "stopped"), del_, "nnzoo.stopped is missing"),
    "state of a callback": (("callbacks", STOP), {"wait_count": 1}, "the state of EarlyStopping has no stopped_epoch"),
    "epochs without progress": (("callbacks", STOP, "wait_count"), -1, "wait_count of EarlyStopping is -1; it must be"),
    "best score": (("callbacks", STOP, "best_score"), torch.zeros(2), "best_score of EarlyStopping is a Tensor"),
    "reason": (("callbacks", STOP, "stopping_reason"), 99, "stopping_reason of EarlyStopping is 99"),
    "threshold": (("callbacks", STOP, "stopping_threshold"), "x", "stopping_threshold of EarlyStopping is 'x'"),
    "best metrics": (("callbacks", "HParams", "best"), {"val/acc": "x"}, "best of HParams is a dict; it must be"),
    "overview": (("callbacks", "Overview", "written"), 1, "written of Overview is 1; it must be a truth value"),
    "snapshots": (("callbacks", "Boundaries"), {"x": torch.zeros(1)}, "the state of Boundaries is a dict"),
    "average": (("callbacks", "AveragedWeights"), {"steps": 1}, "the state of AveragedWeights has no updates"),
    "average of another network": (
        ("callbacks", "AveragedWeights"),
        {"steps": 1, "updates": 1, "weights": {"w": torch.zeros(1)}},
        "AveragedWeights has the weights of another network",
    ),
    "ranks": (("nnzoo", "ranks"), [1], "nnzoo.ranks is a list; it must be a list of states"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_checkpoints_that_do_not_fit_are_one_line_errors(run: Path, name: str) -> None:
    key, value, message = HOSTILE[name]
    content = read(run / "checkpoints" / "last.ckpt")
    if key[0] == "state_dict":
        key = ("state_dict", next(iter(content["state_dict"])))
    replaced(content, key, value)
    torch.save(content, run / "checkpoints" / "last.ckpt")
    before = {path.name: path.read_bytes() for path in run.glob("*.*") if path.suffix in (".yaml", ".json")}
    assert b'"done"' in before["status.json"]
    with pytest.raises(UserError, match=message) as caught:
        api.resume(run, "trainer.max_epochs=2")
    assert "\n" not in str(caught.value)
    for file, content in before.items():  # a refused run stays as it was
        assert (run / file).read_bytes() == content, file


LANGUAGE_MODEL = (
    *("model=rnn", "model.hidden=4", "data=char_text", "loader.batch_size=4", "evaluate=[]"),
    *("~callbacks.figures", "~callbacks.samples", "trainer.accelerator=cpu", "trainer.threads=1"),
)


def test_the_state_of_a_recurrent_network_must_fit(tmp_path: Path) -> None:
    """In the middle of a text, the next step takes it."""
    (tmp_path / "text.txt").write_text("the cat sat on the mat and the dog ate it all. " * 80)
    settings = (*LANGUAGE_MODEL, f"data.path={tmp_path / 'text.txt'}", "trainer.max_steps=3")
    run = api.train(*settings, output_dir=tmp_path).directory
    content = read(run / "checkpoints" / "last.ckpt")
    assert content["nnzoo"]["stream"]["done"] == 3
    whole = content["nnzoo"]["state"]
    for state, message in (
        (tree_map(lambda value: value[..., :3], whole), "nnzoo.state "),
        (tree_map(lambda value: value[..., :1, :], whole), "nnzoo.state "),
        ("x", "nnzoo.state does not fit"),
    ):
        content["nnzoo"]["state"] = state
        torch.save(content, run / "checkpoints" / "last.ckpt")
        with pytest.raises(UserError, match=f"cannot be resumed: {message}"):
            api.resume(run, "trainer.max_steps=5")
    content["nnzoo"]["state"] = whole
    torch.save(content, run / "checkpoints" / "last.ckpt")
    assert api.resume(run, "trainer.max_steps=5").status == "done"


def test_better_epochs_remove_nothing_outside(run: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim.ckpt"
    (victim / "inside").mkdir(parents=True)
    content = read(run / "checkpoints" / "last.ckpt")
    key = next(name for name in content["callbacks"] if name.startswith("ModelCheckpoint"))
    for path in (str(victim), f"local://{victim}", f"{run}/checkpoints/../../victim.ckpt"):
        worst = torch.tensor(-1.0, dtype=torch.float64)
        content["callbacks"][key] |= {
            "dirpath": str(run / "checkpoints"),
            "best_model_path": path,
            "kth_best_model_path": path,
            "best_model_score": worst,
            "kth_value": worst,
            "best_k_models": {path: worst},
        }
        torch.save(content, run / "checkpoints" / "last.ckpt")
        shutil.copytree(run, tmp_path / "copy")
        assert api.resume(tmp_path / "copy", "trainer.max_epochs=2").status == "done"
        shutil.rmtree(tmp_path / "copy")
        assert (victim / "inside").is_dir()


def changed_config(run: Path, key: tuple[str, ...], value: Any) -> None:
    config = yaml.safe_load((run / "config.yaml").read_text())
    replaced(config, key, value)
    (run / "config.yaml").write_text(yaml.safe_dump(config))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (("callbacks", "best", "dirpath"), "elsewhere"),
        (("callbacks", "best", "filename"), "../../../stray"),
        (("logger", "csv"), {"_target_": "pytorch_lightning.loggers.CSVLogger", "save_dir": "elsewhere"}),
    ],
)
def test_a_saved_config_writes_into_the_run_only(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: tuple[str, ...], value: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    changed_config(run, key, value)
    for use in (api.resume, api.rerun):
        with pytest.raises(UserError, match=r"of the saved run is .*which may lie outside"):
            use(run)
    assert os.listdir(tmp_path) == ["run"]


def test_a_config_that_contradicts_the_checkpoint(run: Path) -> None:
    changed_config(run, ("loader", "batch_size"), 33)
    said = r"config\.yaml has loader\.batch_size=33, (last|best)\.ckpt has 50; "
    for use in (api.resume, api.evaluate):
        with pytest.raises(UserError, match=f"{said}set it back"):
            use(run)
    with pytest.warns(DataWarning, match=rf"{said}best\.ckpt is used"):
        assert api.load(run).config["loader"]["batch_size"] == 50
    with pytest.warns(DataWarning, match=rf"{said}config\.yaml is used"):
        again = api.rerun(run, "trainer.max_epochs=0")
    assert yaml.safe_load((again.directory / "config.yaml").read_text())["loader"]["batch_size"] == 33


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        (("optimizer", "lr"), 0.5, r"optimizer\.lr=0\.5, last\.ckpt has 0\.001"),
        (("optimizer", "lr"), del_, r"has no optimizer\.lr, last\.ckpt has 0\.001"),
        (("optimizer", "foreach"), True, r"optimizer\.foreach=true, last\.ckpt has no such setting"),
        (("model", "hidden"), [7], r"model\.hidden=\[7\], last\.ckpt has \[6\]"),
        (("trainer", "accumulate_grad_batches"), 2, r"trainer\.accumulate_grad_batches=2, last\.ckpt has null"),
    ],
)
def test_settings_on_which_the_checkpoint_depends(run: Path, key: tuple[str, ...], value: Any, said: str) -> None:
    changed_config(run, key, value)
    with pytest.raises(UserError, match=said):
        api.resume(run)


def test_settings_that_a_resumed_run_may_change(run: Path) -> None:
    for key, value in ((("trainer", "max_epochs"), 3), (("name",), "mine"), (("evaluate",), ["val"])):
        changed_config(run, key, value)
    assert list(api.evaluate(run)) == ["val/last", "val/best"]


def test_a_run_that_is_found_by_its_config(run: Path, tmp_path: Path) -> None:
    """`resume=auto` compares the command with config.yaml."""
    changed_config(run, ("loader", "batch_size"), 33)
    (run / "status.json").write_text('{"status": "interrupted"}')
    shutil.copytree(run, tmp_path / "out" / "digits" / "run")
    with pytest.raises(UserError, match=r"config\.yaml has loader\.batch_size=33, last\.ckpt has 50"):
        api.train(*TINY, *SETTINGS, "loader.batch_size=33", output_dir=tmp_path / "out", resume="auto")


@pytest.mark.parametrize("content", [b"\xff", b"epoch,a\n1\n2,3\n", b"epoch\nx\n"])
def test_a_damaged_table_of_metrics_is_named(run: Path, content: bytes) -> None:
    (run / "status.json").write_text('{"status": "interrupted"}')
    (run / "metrics.csv").write_bytes(content)
    with pytest.raises(UserError, match=r"run/metrics\.csv (cannot be read|has a row without)"):
        api.resume(run, "trainer.max_epochs=2")
    assert (run / "metrics.csv").read_bytes() == content


@pytest.mark.parametrize("name", ["metrics.csv", "results.json"])
def test_other_values_in_a_file_of_metrics_are_named(trained_with_results: Path, name: str) -> None:
    run = trained_with_results
    files = {path: path.read_bytes() for path in run.iterdir() if path.is_file()}
    files[run / name] = files[run / name].replace(b"0.", b"0.9", 1)
    (run / name).write_bytes(files[run / name])
    with pytest.raises(UserError, match=rf"run/{name} is damaged: it has changed since the run wrote it"):
        api.resume(run, "trainer.max_epochs=2")
    assert {path: path.read_bytes() for path in run.iterdir() if path.is_file()} == files
    (run / name).unlink()
    assert api.resume(run, "trainer.max_epochs=2").status == "done"


def test_a_missing_folder_of_data_is_not_created(run: Path, tmp_path: Path) -> None:
    data = {"_target_": "nnzoo.data.images.mnist.MNIST", "root": str(tmp_path / "elsewhere")}
    changed_config(run, ("data",), data)
    content = read(run / "checkpoints" / "last.ckpt")
    content["nnzoo"]["config"]["data"] = data
    torch.save(content, run / "checkpoints" / "last.ckpt")
    for use in (api.resume, api.rerun, api.evaluate):
        with pytest.raises(UserError, match=r"elsewhere, no longer exists; set data\.root="):
            use(run)
    assert not (tmp_path / "elsewhere").exists()


def test_a_rerun_of_a_run_of_a_sweep_goes_beside_the_sweep(run: Path, tmp_path: Path) -> None:
    sweep = tmp_path / "outputs" / "sweeps" / "a"
    sweep.mkdir(parents=True)
    (sweep / "sweep.yaml").write_text("")
    shutil.copytree(run, sweep / "0")
    changed_config(sweep / "0", ("choices", "data"), "..")
    again = api.rerun(sweep / "0", "trainer.max_epochs=0")
    assert again.directory.parent == tmp_path / "outputs"


def test_links_out_of_a_run_are_not_written(run: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("text")
    for name in ("run.lock", "metrics.csv"):
        (run / name).unlink()
        (run / name).symlink_to(victim)
        with pytest.raises(UserError, match="outside of the run directory"):
            api.resume(run, "trainer.max_epochs=2")
        assert victim.read_text() == "text"
        (run / name).unlink()


def test_the_environment_is_not_read(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "hunter2")
    changed_config(run, ("name",), "${oc.env:SECRET}")
    again = api.rerun(run, "trainer.max_epochs=0")
    texts = [path.read_text(errors="replace") for path in again.directory.rglob("*") if path.is_file()]
    assert not any("hunter2" in text for text in (str(again.directory), *texts))
    assert yaml.safe_load((again.directory / "config.yaml").read_text())["name"] == "${oc.env:SECRET}"
