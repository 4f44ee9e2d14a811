"""Explanations of runs: the same for a file and for the test example in it, in the user's pixels."""

from pathlib import Path
from types import SimpleNamespace

import nnzoo
import numpy as np
import pytest
import torch
from matplotlib.image import imread
from nnzoo.cli.usage import usage_of
from nnzoo.config.explanations import METHODS
from nnzoo.errors import UserError
from nnzoo.inference.explanations import methods
from PIL import Image

from tests.figures.checks import check_figure
from tests.support.commands import command, exit_code
from tests.support.paths import ROOT

from .small_runs import train

rng = np.random.default_rng(0)
N = 60
Y = np.arange(N) % 3
X = (rng.random((N, 16, 18, 3)) * 90 + 50 * np.eye(3)[Y][:, None, None]).astype(np.uint8)
NEEDS = {"units": {"layer": "layers.0"}, "inversion": {"layer": "layers.0"}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("explained")


@pytest.fixture(scope="module")
def run(folder: Path) -> Path:
    np.savez(folder / "pictures.npz", x=X, y=np.array(["red", "green", "blue"])[Y])
    settings = ("model=lenet5", "data=array", f"data.path='{folder / 'pictures.npz'}'", "transforms=standardize")
    return train(folder, *settings)


@pytest.fixture(scope="module")
def tested(run: Path) -> np.ndarray:
    """Return the test examples of the run."""
    x = nnzoo.explain(run, images=10)["images"]
    return np.rint(255 * x).astype(np.uint8)


def test_test_examples_are_taken_at_equal_intervals(run: Path) -> None:
    assert nnzoo.explain(run, images=4)["index"].tolist() == [0, 4, 7, 11]
    assert nnzoo.explain(run, images=10)["index"].tolist() == [0, 1, 2, 4, 5, 6, 7, 9, 10, 11]


def test_all_methods_are_known_and_documented():
    assert list(methods.METHODS) == list(METHODS)
    page = (ROOT / "docs" / "explain.md").read_text()
    assert all(f"| `{method}` | " in page for method in METHODS)
    assert f"method={','.join(METHODS)}" in "".join(usage_of("explain").split())


@pytest.mark.parametrize("method", METHODS)
def test_file_is_explained_like_the_test_example(method, run, tested, tmp_path):
    if method == "units":  # which searches all test examples
        one = nnzoo.explain(run, tested, method=method, **NEEDS[method])
    else:
        one = nnzoo.explain(run, method=method, images=10, **NEEDS.get(method, {}))
    for k, pixels in enumerate(tested):
        Image.fromarray(pixels.transpose(1, 2, 0)).save(tmp_path / f"{k}.png")
    other = nnzoo.explain(run, tmp_path, method=method, images=10, **NEEDS.get(method, {}))
    assert {*one.values} - {"index"} == {*other.values} - {"file"}
    for name in {*one.values} - {"index"}:
        np.testing.assert_array_equal(one[name], other[name])
    check_figure(one.plot())


def test_saliency_is_the_derivative_in_the_users_pixels(run, tested):
    found = nnzoo.explain(run, tested[:2], method="saliency", target="green", images=2)
    net = nnzoo.load(run)
    x = torch.from_numpy(tested[:2] / np.float32(255)).requires_grad_()
    index = net.spec.labels.index("green")
    net(x)[:, index].sum().backward()
    np.testing.assert_allclose(found["maps"], x.grad.abs().amax(1, keepdim=True), rtol=1e-4, atol=1e-6)
    assert found["explained"].tolist() == ["green", "green"]
    assert found["index"].tolist() == [0, 1]


def test_predicted_class_is_explained_by_default(run, tested):
    found = nnzoo.explain(run, tested[:5], images=5)
    assert found["explained"].tolist() == nnzoo.predict(run, tested[:5])["prediction"].tolist()


def test_strongest_images_of_a_unit(run, tested):
    found = nnzoo.explain(run, tested, method="units", layer="layers.0", unit=2)
    net = nnzoo.load(run)
    x = net.transforms(torch.from_numpy(tested / np.float32(255)))
    maps = net.model.layers[0](x)[:, 2].detach()
    order = maps.amax((1, 2)).argsort(descending=True)[:6]
    assert found["images"].tolist() == [order.tolist()]
    np.testing.assert_allclose(found["values"][0], maps.amax((1, 2))[order], rtol=1e-5)
    assert found["crops"].shape == (1, 6, 3, 5, 5)
    row, column = divmod(int(maps[order[0]].argmax()), maps.shape[2])
    expected = tested[order[0], :, row : row + 5, column : column + 5] / np.float32(255)
    np.testing.assert_allclose(found["crops"][0, 0], expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("height", "width", "size", "stride"), [(28, 42, 4, 2), (50, 14, 2, 1), (3, 3, 1, 1), (224, 224, 32, 16)]
)
def test_squares_of_occlusion(height, width, size, stride, monkeypatch):
    """A seventh of the shorter side; neighbours overlap by a half."""
    used = []
    monkeypatch.setattr(methods, "occlusion_maps", lambda *_, size, stride: used.append((size, stride)))
    monkeypatch.setattr(methods, "of_images", lambda *_: None)
    images = torch.zeros(1, 3, height, width)
    methods.occlusion(SimpleNamespace(images=images, score=None, on_pixels=lambda score: score))
    assert used == [(size, stride)]


def test_network_is_as_before(run, tested):
    net = nnzoo.load(run)
    net.train()
    net.network.model.layers[1].eval()
    before = {name: each.clone() for name, each in net.state_dict().items()}
    modes = [each.training for each in net.modules()]
    random = torch.get_rng_state()
    results = [
        [net.explain(tested[:2], method=method, images=2, **NEEDS.get(method, {})) for method in METHODS]
        for _ in range(2)
    ]
    for one, other in zip(*results, strict=True):
        for name in one.values:
            np.testing.assert_array_equal(one[name], other[name])
    assert [each.training for each in net.modules()] == modes
    assert torch.equal(torch.get_rng_state(), random)
    assert all(torch.equal(before[name], each) for name, each in net.state_dict().items())
    assert all(each.grad is None for each in net.parameters())
    assert not any(each._forward_hooks or each._forward_pre_hooks for each in net.modules())


@pytest.mark.parametrize("method", ["filters", "synthesis"])
def test_weights_are_explained_without_the_data(method: str, tmp_path: Path) -> None:
    file = tmp_path / "gone.npz"
    np.savez(file, x=X, y=Y)
    run = train(tmp_path, "model=lenet5", "data=array", f"data.path='{file}'", "transforms=standardize")
    found = nnzoo.explain(run, method=method)
    file.unlink()
    again = nnzoo.explain(run, method=method)
    for name, values in found.values.items():
        np.testing.assert_array_equal(again[name], values)
    command("explain", f"run={run}", f"method={method}", f"output={tmp_path / 'out'}")
    with pytest.raises(UserError, match="gone"):
        nnzoo.explain(run)


def test_command_writes_one_picture_for_each_method(run, tmp_path):
    names = ["saliency", "guided", "feature_maps", "filters", "synthesis"]
    printed = command("explain", f"run={run}", f"method={','.join(names)}", "images=3", f"output={tmp_path / 'out'}")
    assert printed.splitlines() == [f"picture      {tmp_path / 'out' / name}.png" for name in names]
    for name in names:
        assert imread(tmp_path / "out" / f"{name}.png").shape[1] >= 900


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["method=saliancy"], "unknown method 'saliancy'; did you mean 'saliency'?"),
        (["method="], "method=... takes one or several of saliency, guided"),
        (["method=filters,filters"], "method=filters,filters names filters twice; name it once"),
        (["method=filters", "class=3"], "class=... has no effect with method=filters; saliency, guided, deconvnet"),
        (["method=filters", "input=a.png"], "input=... has no effect with method=filters; saliency, guided, deconvnet"),
        (
            ["method=synthesis,units", "layer=a", "unit=0", "images=3"],
            "images=... has no effect with method=synthesis,",
        ),
        (["method=feature_maps", "images=3"], "images=... has no effect with method=feature_maps; saliency, guided"),
        (["unit=3"], "unit=... is the number of a unit of a layer; add layer=..."),
        (["layer=layers.0"], "saliency explains one unit of a layer; add unit=..."),
        (["layer=a", "unit=0", "class=3"], "saliency explains either a class or a unit of a layer"),
        (["method=units"], "units needs layer=..., the name of a layer"),
        (["unit=first", "layer=a"], "unit is 'first'; it takes an integer"),
        (["images=11"], "images is 11; it must be at most 10"),
        (["image=3"], "unknown argument 'image'; did you mean 'images'?"),
        (["input=nowhere.png"], "no file nowhere.png"),
    ],
)
def test_mistakes_are_one_line_without_torch(args, message, capsys):
    assert exit_code("explain", "run=there", *args) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"target": "geen"}, "unknown class 'geen'; did you mean 'green'?"),
        ({"layer": "layer.0", "unit": 0}, "unknown layer 'layer.0'; did you mean 'layers.0'?"),
        ({"layer": "layers.0", "unit": 1.5}, r"unit is 1\.5; it takes an integer"),
        ({"method": "units", "layer": "layers.0", "unit": "a"}, "unit is 'a'; it takes an integer"),
        ({"layer": "layers.0", "unit": 6}, "unit is 6; layer 'layers.0' has units 0 to 5"),
        ({"method": "units", "layer": "layers.0", "unit": -1}, "unit is -1; layer 'layers.0' has units 0 to 5"),
        ({"method": "filters", "layer": "layers.1"}, "layer 'layers.1' has no filters; convolutions have"),
        (
            {"method": "feature_maps", "layer": "layers.7"},
            "layer 'layers.7' has outputs of shape .*, which are not maps",
        ),
    ],
)
def test_arguments_that_do_not_fit_the_network(settings, message, run):
    with pytest.raises(UserError, match=message):
        nnzoo.explain(run, **settings)


def test_a_loaded_run_explains_at_least_one_image(run, tested):
    with pytest.raises(UserError, match=r"^images is 0; it must be at least 1$"):
        nnzoo.load(run).explain(tested, images=0)


def test_inputs_that_are_no_images_after_the_transforms(folder: Path, run: Path) -> None:
    settings = ("model=mlp", "model.hidden=[5]", "data=array", f"data.path='{folder / 'pictures.npz'}'")
    other = train(folder, *settings, "transforms=whiten", "transforms.whiten.n_components=9")
    for method, message in [
        ("filters", "MLP has no weights with the shape of images"),
        ("inversion", "after the trans"),
    ]:
        with pytest.raises(UserError, match=message):
            nnzoo.explain(other, method=method, **({"layer": "layers.0"} if method == "inversion" else {}))
    assert nnzoo.explain(other, method="synthesis")["images"].shape == (3, 3, 16, 18)
    crops = nnzoo.explain(other, method="units", layer="layers.0")["crops"]
    assert crops.shape == (5, 6, 3, 16, 18)  # a dense layer sees the whole image


def test_real_targets_and_single_outputs(folder: Path) -> None:
    np.savez(folder / "numbers.npz", x=X[..., :1], y=X.mean((1, 2))[:, :2].astype(np.float32))
    numbers = train(folder, "data=array", f"data.path='{folder / 'numbers.npz'}'")
    net = nnzoo.load(numbers)
    name = net.spec.labels[1] if net.spec.labels else "1"
    found = nnzoo.explain(numbers, target=name, images=2)
    weight = net.model.linear.weight[1].detach().view(1, 16, 18).abs()
    np.testing.assert_allclose(found["maps"], np.stack([weight, weight]), rtol=1e-5)  # the network is linear
    first = nnzoo.explain(numbers, images=2)  # by default
    weight = net.model.linear.weight[0].detach().view(1, 16, 18).abs()
    np.testing.assert_allclose(first["maps"], np.stack([weight, weight]), rtol=1e-5)
    two = train(folder, "data=digits", "data.classes=[0,1]", "data.size=8", "data.train=40", "loss=logistic")
    weight = nnzoo.load(two).model.linear.weight[0].detach().view(1, 8, 8)
    found = nnzoo.explain(two, method="synthesis")
    assert found["explained"].tolist() == ["0", "1"]
    np.testing.assert_allclose(found["images"], np.stack([-weight, weight]) / 0.1, rtol=1e-4)  # w / (2 lambda)


def test_networks_of_other_inputs_are_refused(folder):
    other = train(folder, "data=iris")
    with pytest.raises(UserError, match="explanations are of networks that read images; the data is real vector of 4"):
        nnzoo.explain(other)
