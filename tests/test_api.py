"""The functions of `import nnzoo`, also in a process that uses Hydra and logging itself."""

import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import nnzoo
import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from hydra import compose as hydra_compose
from hydra import initialize_config_module
from hydra.core.global_hydra import GlobalHydra
from nnzoo import api
from nnzoo.config.compose import compose
from nnzoo.config.hydra_version import VERSION_BASE
from nnzoo.config.instantiate import instantiate
from nnzoo.errors import UserError
from nnzoo.figures.style import StyledFigure
from nnzoo.runs.atomic import write
from nnzoo.runs.directory import RunDirectory
from nnzoo.runs.history import read_history
from nnzoo.training.epoch_table import EpochTable
from nnzoo.training.result import Result
from torch import nn

from tests.support.processes import python
from tests.support.runs import TINY, checkpoint, same, train, weights


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(tmp_path_factory.mktemp("api")).directory


def test_history_is_a_table_of_the_epochs(run: Path) -> None:
    history = Result(run, "done").history
    rows = read_history(run / "metrics.csv")
    assert history.index.name == "epoch"
    assert history.index.tolist() == [row["epoch"] for row in rows]
    assert history["train/loss"].tolist() == [row["train/loss"] for row in rows]
    assert Result(run.parent, "done").history.empty
    assert type(history) is EpochTable
    assert type(history.tail(1)) is pd.DataFrame


def test_plot_of_the_history(run: Path) -> None:
    history = Result(run, "done").history
    figure = history.plot()
    assert [ax.get_ylabel() for ax in figure.axes] == ["loss", "acc"]
    for ax, name in zip(figure.axes, ("loss", "acc"), strict=True):
        drawn = {line.get_label(): list(line.get_ydata()) for line in ax.lines}
        assert drawn == {
            "training": history[f"train/{name}"].tolist(),
            "validation": history[f"val/{name}"].tolist(),
        }
    (only,) = history.plot("errors").axes
    assert only.get_ylabel() == "errors"
    assert isinstance(figure, StyledFigure)
    assert figure._repr_png_().startswith(b"\x89PNG")
    with pytest.raises(UserError, match="unknown metric 'accc'; did you mean 'acc'"):
        history.plot("accc")
    with pytest.raises(UserError, match="there are no epochs to draw"):
        Result(run.parent, "done").history.plot()


def test_a_notebook_shows_one_line_for_an_error_of_the_user() -> None:
    with pytest.raises(UserError) as caught:
        nnzoo.create_model("mpl")
    assert caught.value._render_traceback_() == ["UserError: unknown model 'mpl'; did you mean 'mlp'?"]


# Settings

STRINGS = [
    *("null", "true", "False", "inf", "nan", "1", "1e3", "", " x ", "a b", "a,b", "a=b", "[1]", "{a:1}", "größe"),
    *(
        "a'b",
        'a"b',
        "a\\b",
        "a\\'b",
        "ends\\",
        "\\\\two",
        "C:\\d\\",
        "/some/where",
        "a:b",
        "%x",
        "a\nb",
        "~x",
        "@y",
        "#z",
    ),
]


@pytest.mark.parametrize("value", STRINGS)
def test_strings_are_passed_unchanged(value: str) -> None:
    assert compose(api.to_overrides("name", value)).name == value


def test_arrays_are_lists() -> None:
    assert api.to_overrides("model.hidden", np.array([3, 4])) == ["model.hidden=[3,4]"]
    assert api.to_overrides("init", {"a": np.array([0.5])}) == ["init={a:[0.5]}"]


def test_allow_is_a_list(run: Path) -> None:
    for call in (nnzoo.load, nnzoo.evaluate, nnzoo.resume, nnzoo.rerun):
        with pytest.raises(UserError, match="allow is 'mynet'; it takes a list of packages"):
            call(run, allow="mynet")
    with pytest.raises(UserError, match="allow is 'mynet'"):
        nnzoo.train(model=nn.Linear, data="xor", allow="mynet")


def test_resume_and_rerun_allow_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "apinet.py").write_text("from torch import nn\nclass Net(nn.Linear): pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    quiet = ["trainer.max_epochs=1", "callbacks=none", "logger=none", f"output_dir={tmp_path}"]
    done = nnzoo.train("model=apinet.Net", "data=xor", *quiet, allow=["apinet"]).directory
    with pytest.raises(UserError, match=r"'apinet\.Net' is not allowed"):
        nnzoo.rerun(done)
    assert nnzoo.rerun(done, allow=["apinet"]).status == "done"


def test_settings_of_every_type() -> None:
    given = {
        "model": "mlp",
        "model.hidden": (3, 4),
        "trainer": {"max_steps": 7, "gradient_clip_val": None, "compile": True},
        "optimizer.lr": 1e-5,
        "output_dir": Path("/some where/it's"),
        "evaluate": ["val", "test"],
        "allow": [],
        "+claim.free": [{"none": None, "deep": [{"b": "it's", "c": 1.5}]}],
    }
    config = compose([line for key, value in given.items() for line in api.to_overrides(key, value)])
    assert config.model.hidden == [3, 4]
    assert (config.trainer.max_steps, config.trainer.gradient_clip_val, config.trainer.compile) == (7, None, True)
    assert config.optimizer.lr == 1e-5
    assert config.output_dir == "/some where/it's"
    assert config.evaluate == ["val", "test"]
    assert config.claim.free == [{"none": None, "deep": [{"b": "it's", "c": 1.5}]}]


def test_train_gives_the_same_weights_for_dotted_and_nested_settings(tmp_path: Path) -> None:
    overrides = [o for o in TINY if not o.startswith("model.hidden")]
    first = nnzoo.train(*overrides, output_dir=tmp_path / "it's, here", **{"model.hidden": [6]})
    second = nnzoo.train(*overrides, output_dir=str(tmp_path), model={"hidden": [6]})
    assert first.directory.parent == tmp_path / "it's, here" / "digits"
    assert same(weights(first.directory), weights(second.directory))
    assert first.metrics == second.metrics == RunDirectory(first.directory).results()
    assert (first.status, first.signal, first.message) == ("done", None, "")


def test_train_inside_another_hydra_context(tmp_path: Path) -> None:
    with initialize_config_module("nnzoo.configs", **VERSION_BASE):
        theirs = GlobalHydra.instance().hydra
        train(tmp_path)
        with pytest.raises(UserError):
            train(tmp_path, "modle=mlp")
        assert GlobalHydra.instance().hydra is theirs
        assert hydra_compose("train", ["seed=3"]).seed == 3
    assert not GlobalHydra.instance().is_initialized()


def test_compose_inside_another_hydra_app(tmp_path: Path) -> None:
    script = tmp_path / "app.py"
    script.write_text(
        "import hydra, logging\n"
        "from nnzoo.config.compose import compose\nfrom nnzoo.config.hydra_version import VERSION_BASE\n"
        "@hydra.main(**VERSION_BASE, config_path=None)\n"
        "def main(config):\n"
        "    handlers = list(logging.getLogger().handlers)\n"
        "    assert compose(['model=mlp', 'seed=5']).seed == 5\n"
        "    assert hydra.core.hydra_config.HydraConfig.get().job.name == 'app'\n"
        "    assert logging.getLogger().handlers == handlers\n"
        "    print('fine')\n"
        "main()\n"
    )
    done = python(str(script), cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("fine\n", "")


# Loading a run


def test_load(run: Path) -> None:
    x = torch.rand(5, 1, 8, 8)
    last, best = nnzoo.load(run, which="last"), nnzoo.load(run)
    for net, which in ((last, "last"), (best, "best"), (nnzoo.load(run / "checkpoints" / "best.ckpt"), "best")):
        saved = weights(run, which)
        by_hand = torch.relu(x.flatten(1) @ saved["net.model.layers.0.weight"].T + saved["net.model.layers.0.bias"])
        by_hand = by_hand @ saved["net.model.layers.2.weight"].T + saved["net.model.layers.2.bias"]
        torch.testing.assert_close(net(x), by_hand)
        assert not net.training
    assert best.spec.labels == tuple("0123456789")
    assert best.config["seed"] == 0


def test_load_in_a_fresh_process_elsewhere(run: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(run, tmp_path / "moved")
    code = "import sys, nnzoo, torch; print(nnzoo.load(sys.argv[1])(torch.ones(1, 1, 8, 8)).tolist())"
    done = python("-c", code, str(moved), cwd=tmp_path)
    assert done.stderr == ""
    assert done.stdout.strip() == str(nnzoo.load(run)(torch.ones(1, 1, 8, 8)).tolist())


def test_load_refuses_other_folders_and_weights(run: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        nnzoo.load(tmp_path / "nowhere")
    with pytest.raises(UserError, match="is not a run directory"):
        nnzoo.load(tmp_path)
    with pytest.raises(UserError, match="unknown checkpoint 'lsat'; did you mean 'last'"):
        nnzoo.load(run, which="lsat")
    other = checkpoint(run)
    other["nnzoo"]["config"]["model"]["hidden"] = [7]
    torch.save(other, tmp_path / "other.ckpt")
    with pytest.raises(UserError, match=r"other\.ckpt holds the weights of another network: size mismatch"):
        nnzoo.load(tmp_path / "other.ckpt")


EVIL: list[dict[str, Any]] = [
    {"_target_": "os.mkdir", "path": "PROOF"},
    {"_target_": "subprocess.Popen", "args": ["mkdir", "PROOF"]},
    {"_target_": "nnzoo.runs.environment.subprocess.Popen", "args": ["mkdir", "PROOF"]},
    {"_target_": "nnzoo.runs.atomic.write", "path": "PROOF", "text": ""},
    {"_target_": "builtins.eval", "_args_": ["__import__('os').mkdir('PROOF')"]},
    {
        "_target_": "nnzoo.losses.regression.squared.Squared",
        "_partial_": False,
        "more": [{"_target_": "os.mkdir", "path": "PROOF"}],
    },
]


@pytest.mark.parametrize("node", EVIL, ids=lambda node: node["_target_"])
def test_untrusted_configs_build_no_foreign_objects(run: Path, tmp_path: Path, node: dict[str, Any]) -> None:
    """Neither a checkpoint nor a run directory can do so, and `allow` in their config has no effect."""
    proof = tmp_path / "proof"
    node = yaml.safe_load(yaml.safe_dump(node).replace("PROOF", str(proof)))
    for place in ("loss", "optimizer", "model", "data"):
        found = tmp_path / place
        shutil.copytree(run, found)
        saved = checkpoint(found)
        saved["nnzoo"]["config"] |= {place: node, "allow": ["os", "subprocess", "builtins"]}
        torch.save(saved, found / "checkpoints" / "last.ckpt")
        write(found / "config.yaml", yaml.safe_dump(saved["nnzoo"]["config"]))
        for use in (api.evaluate, api.resume, api.rerun):
            with pytest.raises(UserError) as caught:
                use(found)
            assert "\n" not in str(caught.value)
        refused = (
            pytest.raises(UserError) if place in ("loss", "model") else suppress(UserError)
        )  # load does not build the rest
        with refused:
            api.load(found, which="last")
    assert not proof.exists()


def test_classes_of_torch_that_start_programs_are_refused(tmp_path: Path) -> None:
    node = {
        "_target_": "torch.distributed.elastic.multiprocessing.subprocess_handler.SubprocessHandler",
        **{"entrypoint": sys.executable, "args": ["-c", "pass"], "env": {}, "local_rank_id": 0},
        **{"stdout": None, "stderr": None, "numa_options": None},
    }
    with pytest.raises(UserError):
        instantiate(node)


@pytest.mark.parametrize("config", [{}, {"model": 3}, {"trainer": "x"}, {"seed": "x"}, {"strange": 1}])
def test_damaged_configs_are_refused(run: Path, tmp_path: Path, config: dict[str, Any]) -> None:
    found = shutil.copytree(run, tmp_path / "run")
    whole = RunDirectory(run).config()
    write(found / "config.yaml", yaml.safe_dump({**whole, **config} if config else {"a": 1}))
    for use in (api.evaluate, api.rerun, api.resume):
        with pytest.raises(UserError):
            use(found)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("optimizer.lrr=1", "unknown key 'optimizer.lrr'; did you mean 'optimizer.lr'"),
        ("model=linear", "'model=linear': a run keeps its model"),
        ("+seed=3", "only single values"),
        ("~seed", "only single values"),
        ("seed=1,2", "only single values"),
        ("seed=x", "seed"),
        ("optimizer.lr=x", "optimizer.lr is 'x'; it takes float"),
        ("output_dir=x", "output_dir=x has no effect: the new directory is beside that of the run; leave it out"),
    ],
)
def test_rerun_refuses_invalid_overrides(run: Path, override: str, message: str) -> None:
    before = os.listdir(run.parent)
    with pytest.raises(UserError, match=message):
        api.rerun(run, override)
    assert os.listdir(run.parent) == before


# Predictions


def test_predict(run: Path) -> None:
    x = np.random.default_rng(0).random((4, 1, 8, 8))
    found = nnzoo.predict(run, x)
    output = nnzoo.load(run)(torch.from_numpy(x).float()).detach().numpy()
    np.testing.assert_array_equal(found["output"], output)
    np.testing.assert_array_equal(found["prediction"], output.argmax(1))
    assert list(found) == ["prediction", "output", "index"]
    assert found["index"].tolist() == [0, 1, 2, 3]
    bytes_ = (x * 255).astype(np.uint8)
    np.testing.assert_allclose(
        nnzoo.predict(run, bytes_)["output"], nnzoo.predict(run, bytes_ / 255)["output"], atol=1e-6
    )
    one = nnzoo.predict(run, torch.from_numpy(x[0]).requires_grad_())  # a single example, a tensor
    np.testing.assert_allclose(one["output"], output[:1], rtol=1e-5)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.zeros((2, 3)), r"the input has shape \(2, 3\); the network takes \(B, 1, 8, 8\)"),
        (np.zeros((2, 1, 8, 9)), r"the input has shape"),
        (np.full((1, 1, 8, 8), np.nan), "not finite"),
        (np.full((1, 1, 8, 8), np.inf), "not finite"),
        (np.full((1, 1, 8, 8), 16.0), "the input has values from 16 to 16; those of the data are from 0 to 1"),
        (np.full((1, 1, 8, 8), "x"), "no array of numbers"),
        (np.full((1, 1, 8, 8), None), "no array of numbers"),
    ],
    ids=str,
)
def test_predict_refuses_unsuitable_input(run: Path, x: Any, message: str) -> None:
    with pytest.raises(UserError, match=message):
        nnzoo.predict(run, x)


# The catalogue


def test_create_model() -> None:
    net = nnzoo.create_model("mlp", in_features=3, out_features=2, hidden=[5])
    assert net(torch.zeros(4, 3)).shape == (4, 2)
    with pytest.raises(UserError, match="unknown model 'mpl'; did you mean 'mlp'"):
        nnzoo.create_model("mpl")
    with pytest.raises(UserError, match="unknown setting of mlp 'hiden'; did you mean 'hidden'"):
        nnzoo.create_model("mlp", hiden=[3])
    with pytest.raises(UserError, match="mlp needs in_features, out_features"):
        nnzoo.create_model("mlp")
    with pytest.raises(UserError):
        nnzoo.create_model("mlp", in_features=3, out_features=2, hidden=[5], activation="relo")


def test_list_models() -> None:
    everything = nnzoo.list_models()
    assert {"mlp", "linear", "lenet5"} <= set(everything)
    assert "lenet5" in nnzoo.list_models("*lenet*")
    assert "mlp" not in nnzoo.list_models("*lenet*")


def test_all_names_exist() -> None:
    for name in nnzoo.__all__:
        assert getattr(nnzoo, name) is not None
    assert set(nnzoo.__all__) <= set(dir(nnzoo))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        nnzoo.nothing  # noqa: B018
