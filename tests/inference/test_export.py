import json
import warnings
from functools import partial

import nnzoo
import numpy as np
import onnx.reference
import onnxruntime
import pytest
import torch
from jaxtyping import config as jaxtyping_config
from nnzoo.builders.heads import build_head
from nnzoo.builders.losses import build_loss
from nnzoo.builders.networks import build_network
from nnzoo.card import Traits
from nnzoo.cli import usage
from nnzoo.config import packages
from nnzoo.errors import UserError
from nnzoo.inference.export import export as exporting
from nnzoo.inference.export.export import write_graph, write_weights
from nnzoo.inference.export.formats import FORMATS
from nnzoo.inference.trained import Trained
from nnzoo.layers.cells.lstm import LSTM
from nnzoo.preprocessing.default import default
from nnzoo.spec import DataSpec
from nnzoo.training.isolation import isolated
from nnzoo.transforms import Transforms, Whiten
from safetensors import safe_open
from torch import nn
from torch.testing import assert_close

from tests.support.catalogue import config_of
from tests.support.commands import command, exit_code

from .small_runs import train, untrained

GRAPHS = [name for name, each in FORMATS.items() if not each.weights_only]
IMAGES = DataSpec("real", (1, 28, 28), "classes", 10, low=0.0, high=1.0)
VECTORS = DataSpec("real", (5,), "classes", 3)
SEQUENCES = DataSpec("real", (3,), "classes", 4, sequence=True)
WORDS = DataSpec("tokens", (), "classes", 2, sequence=True, vocabulary=tuple("abcde"))


@pytest.fixture(autouse=True)
def _unchecked_shapes():
    """The recorded sizes are tensors and symbols, not int."""
    jaxtyping_config.update("jaxtyping_disable", True)
    yield
    jaxtyping_config.update("jaxtyping_disable", False)


def write(trained, name, path):
    with isolated(), torch.no_grad():
        return (write_weights if FORMATS[name].weights_only else write_graph)(trained, name, path)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A regression on a table with columns of very different size."""
    folder = tmp_path_factory.mktemp("run")
    random = np.random.default_rng(0)
    x = random.normal(size=(60, 2)) * [1, 100] + [5, -300]
    y = 1000 + x @ [20, 3]
    lines = [f"{a:.4f},{b:.4f},{c:.4f}" for (a, b), c in zip(x, y, strict=True)]
    (folder / "table.csv").write_text("\n".join(["small,large,y", *lines]))
    return train(
        folder, f"data.path={folder}/table.csv", "data=array", "data.target=y", "model=mlp", "model.hidden=[4]"
    )


def test_an_onnx_file_and_its_description_suffice_for_predictions_in_the_users_units(run):
    exported = nnzoo.export(run, "onnx")
    assert (exported.path, exported.description) == (run / "model.onnx", run / "model.onnx.json")
    assert exported.difference < 1e-5
    about = json.loads(exported.description.read_text())
    raw = np.array([[4.0, -310.0], [7.0, -100.0], [5.5, -400.0]])
    columns = about["preprocessing"]["columns"]
    x = (raw - [c["mean"] for c in columns]) / [c["scale"] for c in columns]
    (output,) = onnx.reference.ReferenceEvaluator(str(exported.path)).run(None, {"x": x.astype(np.float32)})
    predicted = output[:, 0] * about["target"]["scale"] + about["target"]["mean"]
    expected = nnzoo.predict(run, {"small": raw[:, 0], "large": raw[:, 1]})["prediction"]
    np.testing.assert_allclose(predicted, expected, rtol=1e-5)


@pytest.mark.parametrize("name", GRAPHS)
def test_a_hierarchical_softmax_takes_batches_of_any_size(name, tmp_path):
    """Its outputs are those of the inner nodes of a tree, its probabilities those of the classes."""
    target = "nnzoo.losses.multiclass.hierarchical_softmax.HierarchicalSoftmax"
    config = config_of("mlp") | {"loss": {"_target_": target}}
    loss = build_loss(config, VECTORS)
    trained = Trained(
        network=build_network(config, VECTORS, loss),
        head=build_head(config, VECTORS, loss),
        preprocessing=default(VECTORS),
        transforms=Transforms(),
        config=config,
    )
    write(trained, name, path := tmp_path / "net")
    for size in (1, 6):
        output, probabilities = run_graph(name, path, torch.rand(size, 5))
        assert output.shape == (size, 2)
        assert_close(probabilities, loss.probabilities(output))


@pytest.mark.parametrize("name", GRAPHS)
def test_an_image_network_takes_batches_of_any_size(name, tmp_path):
    trained = untrained("lenet5", IMAGES)
    _, difference = write(trained, name, path := tmp_path / "net")
    assert difference < 1e-5
    x = torch.rand(6, 1, 28, 28)
    output, probabilities = run_graph(name, path, x)
    assert_close(output, trained.network(x).detach())
    assert_close(probabilities, output.softmax(1))


@pytest.mark.parametrize(
    ("name", "model", "spec"),
    [("onnx", "blstm", WORDS), ("torchscript", "blstm", SEQUENCES), ("torchscript", "scrn", WORDS)],
)
def test_padding_changes_no_output_of_a_recurrent_network(name, model, spec, tmp_path):
    trained = untrained(model, spec)
    write(trained, name, path := tmp_path / "net")
    steps = [4, 11, 1]  # other lengths than those of the comparison
    alone = [spec.fake_batch(1).x[:, torch.arange(n) % 9] for n in steps]
    mask = torch.arange(11) < torch.tensor(steps)[:, None]
    padded = torch.stack([nn.functional.pad(x[0], (0, 0) * (x.ndim - 2) + (0, 11 - x.shape[1])) for x in alone])
    output = run_graph(name, path, padded, mask)[0]
    with torch.no_grad():
        assert_close(output, torch.cat([trained.network(x) for x in alone]))


def run_graph(name, path, *inputs):
    """The outputs of a file, by its own reader."""
    if name == "onnx":
        session = onnxruntime.InferenceSession(path)
        given = {each.name: x.numpy() for each, x in zip(session.get_inputs(), inputs, strict=True)}
        return [torch.from_numpy(each) for each in session.run(None, given)]
    with warnings.catch_warnings(action="ignore"):
        return torch.jit.load(path)(*inputs)


def test_fitted_transforms_are_part_of_the_graph(tmp_path):
    x = torch.randn(50, 5) @ torch.randn(5, 5)
    transforms = Transforms({"whiten": Whiten(n_components=2)})
    spec = transforms.bind(VECTORS, lambda: iter([x]))
    trained = untrained("linear", spec)
    trained.transforms = transforms
    graph, _ = write(trained, "torchscript", tmp_path / "net")
    assert graph.shapes()["x"] == {"type": "float32", "shape": ["batch", 5]}
    assert_close(run_graph("torchscript", tmp_path / "net", x)[0], trained.network(transforms(x)).detach())
    tensors, _ = write(trained, "state_dict", tmp_path / "weights")
    assert_close(tensors["transforms.whiten.mean"], x.mean(0))


@pytest.mark.parametrize("model", ["gan", "rbm", "seq2seq"])
def test_generative_networks_and_decoders_have_the_outputs_of_predictions(model, tmp_path):
    """The score of the discriminator, the reconstruction, and the decoder that reads its own predictions."""
    written = {"labels": (".", "x", "y"), "target_len": 3}
    spec = {
        "gan": DataSpec("real", (2,), "none", 0),
        "rbm": DataSpec("binary", (6,), "input", 6, low=0.0, high=1.0),
        "seq2seq": DataSpec("tokens", (), "sequence", 3, sequence=True, vocabulary=tuple("abcde"), **written),
    }[model]
    trained = untrained(model, spec)
    write(trained, "torchscript", tmp_path / "net")
    x, _, mask, _ = spec.fake_batch(6)
    output = run_graph("torchscript", tmp_path / "net", *((x,) if mask is None else (x, mask)))[0]
    assert_close(output, trained.network(x, mask).detach())


def test_weights_are_those_of_a_new_network(tmp_path):
    trained = untrained("mlp", VECTORS, hidden=[4])
    x = torch.randn(3, 5)
    for name in ("state_dict", "safetensors"):
        write(trained, name, path := tmp_path / name)
        if name == "state_dict":
            weights = torch.load(path, weights_only=True)
        else:
            with safe_open(path, "pt") as file:
                weights = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        net = nnzoo.create_model("mlp", in_features=5, out_features=3, hidden=[4])
        net.load_state_dict(weights)
        assert torch.equal(net(x), trained.network(x))


class Branching(nn.Module):
    """Depends on the data in a way that is not part of a recorded computation."""

    traits = Traits(inputs=("vector",))

    def __init__(self, *, in_features: int, out_features: int) -> None:
        super().__init__()
        self.head = nn.Linear(in_features, out_features)

    def forward(self, x):
        return self.head(x) if float(x.sum()) > 0 else -self.head(x)


def branching():
    trained = untrained("linear", VECTORS)
    trained.network.model = Branching(in_features=5, out_features=3)
    return trained


def test_a_network_that_cannot_be_recorded_is_an_error_with_the_reason(tmp_path):
    with pytest.raises(UserError, match=r"^model 'linear' cannot be exported as onnx: .*data-dependent"):
        write(branching(), "onnx", tmp_path / "net")
    with pytest.raises(UserError, match=r"^the exported output for inputs of \(\d, 5\) differs from that of the "):
        write(branching(), "torchscript", tmp_path / "net")


def test_a_file_that_differs_from_the_network_is_not_kept(run, tmp_path, monkeypatch):
    target = tmp_path / "weights.pt"
    target.write_text("earlier")
    write_other = partial(_write_other, exporting.weight_files.write_state_dict)
    monkeypatch.setitem(exporting.WEIGHTS, "state_dict", (write_other, exporting.weight_files.read_state_dict))
    with pytest.raises(UserError, match=r"the exported tensor layers\.0\.weight differs"):
        nnzoo.export(run, "state_dict", output=target)
    assert [each.name for each in tmp_path.iterdir()] == ["weights.pt"]
    assert target.read_text() == "earlier"


def _write_other(original, values, path):
    name = next(iter(values))
    original(values | {name: values[name].nextafter(torch.tensor(9.0))}, path)


def test_the_command_exports_the_chosen_checkpoint(run, tmp_path):
    out = command("export", f"run={run}", "format=torchscript", "checkpoint=last", f"output={tmp_path}/net.pt")
    assert out.startswith(
        f"network in {tmp_path}/net.pt, described in {tmp_path}/net.pt.json\nlargest difference from "
    )
    assert json.loads((tmp_path / "net.pt.json").read_text())["inputs"]["x"]["shape"] == ["batch", 2]
    out = command("export", f"run={run}", "format=safetensors", f"output={tmp_path}/net.safetensors")
    assert out.endswith("all tensors are equal to those of the run\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), f"format=... is required; one of: {', '.join(FORMATS)}"),
        (("format=onxx",), "unknown format 'onxx'; did you mean 'onnx'?"),
        (("format=onnx", "output=net.pt"), "output=net.pt: with format=onnx it must end in .onnx"),
        (("format=state_dict", "output=/nowhere/net.pt"), "cannot write /nowhere/net.pt: No such file or directory"),
        (
            ("format=onnx", "vectors=output"),
            "vectors=output has no effect with format=onnx; it is for word2vec, word2vec_binary, npy",
        ),
        (("format=npy", "vectors=inptu"), "unknown vectors 'inptu'; did you mean 'input'?"),
        (("format=npy",), "MLP has no vectors of words or nodes; skip-gram and networks of tokens do"),
        (("format=state_dict", "checkpoint=first"), "unknown checkpoint 'first'; one of: best, last"),
        (
            ("format=state_dict", "quick=true"),
            "unknown argument 'quick'; one of: allow, checkpoint, format, output, run, vectors",
        ),
    ],
)
def test_mistakes_are_one_line(run, arguments, message, capsys):
    before = sorted(run.iterdir())
    assert exit_code("export", f"run={run}", *arguments) == 2
    assert capsys.readouterr().err == f"nnzoo: {message}\n"
    assert sorted(run.iterdir()) == before


def test_a_missing_package_is_one_line(run, monkeypatch, capsys):
    monkeypatch.setattr(packages, "is_installed", lambda name: name != "onnx")
    assert exit_code("export", f"run={run}", "format=onnx") == 2
    assert capsys.readouterr().err == "nnzoo: format=onnx needs onnx: pip install 'nnzoo[export]'\n"


def test_all_formats_are_in_the_usage():
    assert all(name in usage.USAGE for name in FORMATS)


def test_a_recurrent_cell_runs_as_before_after_an_export(tmp_path):
    trained = untrained("lstm", SEQUENCES)
    write(trained, "torchscript", tmp_path / "net")
    cells = [each for each in trained.network.modules() if isinstance(each, LSTM)]
    assert cells
    assert all("forward" not in vars(each) for each in cells)
