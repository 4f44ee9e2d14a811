"""How objects from Python are recorded and built."""

from functools import partial
from typing import Any

import pytest
import torch
from nnzoo.builders.losses import build_loss
from nnzoo.builders.networks import build_network
from nnzoo.builders.objects import (
    check_kind,
    join_objects,
    needed_again,
    passed_again,
    record_objects,
    split_objects,
    weights_digest,
)
from nnzoo.config.compose import compose
from nnzoo.config.given import Given
from nnzoo.errors import UserError
from nnzoo.models.mlp import MLP
from nnzoo.spec import DataSpec
from nnzoo.training.members.compatibility import why_alone
from nnzoo.training.saved import plain
from pytorch_lightning import Callback
from torch import nn
from torchmetrics.classification import MulticlassF1Score

from tests.support.importable import TopNet, last_step, top_loss

ROOT = TopNet.__module__.partition(".")[0]
IMAGES = DataSpec("real", (1, 6, 6), "classes", 3)
STEPS = DataSpec("real", (2,), "classes", 3, sequence=True)


class Count(Callback):
    pass


@pytest.mark.parametrize(
    ("path", "found", "lines"),
    [
        ("model", TopNet, [f"++model._target_={TopNet.__module__}.TopNet"]),
        ("model", partial(TopNet, width=3), [f"++model._target_={TopNet.__module__}.TopNet", "++model.width=3"]),
        ("model", partial(TopNet, 4), ["++model._target_=from_python.TopNet"]),
        ("model", lambda: nn.Linear(4, 3), ["++model._target_=from_python.lambda"]),
        ("loss", top_loss, [f"++loss._target_={TopNet.__module__}.top_loss"]),
        ("loss", nn.MSELoss, ["++loss._target_=torch.nn.modules.loss.MSELoss"]),
        ("loss", nn.CrossEntropyLoss(), ["++loss._target_=from_python.CrossEntropyLoss"]),
        ("loss", nn.functional.cross_entropy, ["++loss._target_=from_python.cross_entropy"]),
        (
            "optimizer",
            partial(torch.optim.NAdam, lr=0.1, betas=(0.8, 0.9)),
            ["++optimizer._target_=torch.optim.nadam.NAdam", "++optimizer.lr=0.1", "++optimizer.betas=[0.8,0.9]"],
        ),
        ("optimizer", partial(torch.optim.SGD, lr=torch.tensor(0.1)), ["++optimizer._target_=from_python.SGD"]),
        ("metrics.f1", MulticlassF1Score(num_classes=3), ["++metrics.f1._target_=from_python.MulticlassF1Score"]),
        ("callbacks.Count", Count(), ["++callbacks.Count._target_=from_python.Count"]),
    ],
    ids=lambda value: str(value[0]) if isinstance(value, list) else None,
)
def test_import_paths_and_names(path: str, found: Any, lines: list[str]) -> None:
    recorded = record_objects({path: found})
    assert recorded.lines == lines
    by_name = "from_python" in lines[0]
    assert recorded.given.objects == ({path: found} if by_name else {})
    assert recorded.packages == ({ROOT} if f"{TopNet.__module__}." in lines[0] else set())


def test_callbacks_have_names_of_their_own() -> None:
    rest, objects = split_objects({"callbacks": [Count(), Count()], "seed": 3, "metrics": {"f1": top_loss, "g": None}})
    assert rest == {"seed": 3, "metrics": {"g": None}}
    assert list(objects) == ["metrics.f1", "callbacks.Count", "callbacks.Count_2"]
    named = {"callbacks": ["default", "ema"], "optimizer": "sgd", "model": {"hidden": [3]}}
    assert split_objects(named) == (named, {})


def test_the_checksum_of_weights() -> None:
    net = nn.BatchNorm1d(2)
    before = weights_digest(net)
    assert weights_digest(nn.BatchNorm1d(2)) == before
    net.running_mean[0] += 1
    assert weights_digest(net) != before
    row, square = nn.Linear(4, 1, bias=False), nn.Linear(2, 2, bias=False)
    square.weight.data = row.weight.data.view(2, 2)
    whole = nn.Embedding.from_pretrained(row.weight.data.view(torch.int32).float())
    named = nn.Sequential(row)
    assert len({weights_digest(each) for each in (row, square, whole, named)}) == 4  # shape, values, name
    assert weights_digest(nn.LazyLinear(3)) is None
    with pytest.raises(UserError, match=r"^weight of the network is on the device meta, which holds no values"):
        weights_digest(nn.Linear(2, 3, device="meta"))


def network(spec: DataSpec, found: Any, *overrides: str) -> Any:
    recorded = record_objects({"model": found})
    config = plain(compose([*recorded.lines, f"allow=[{ROOT}]", *overrides]))
    return build_network(config, spec, build_loss(config, spec), given=recorded.given)


def test_networks_take_inputs_as_they_are_or_flattened() -> None:
    images = torch.rand(2, 1, 6, 6)
    conv = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(32, 3))
    dense = nn.Sequential(nn.Linear(36, 3))
    assert network(IMAGES, conv).model is conv
    assert torch.equal(network(IMAGES, conv)(images), conv(images))
    assert torch.equal(network(IMAGES, dense)(images), dense(images.flatten(1)))
    assert torch.equal(network(IMAGES, lambda out_features: dense[:out_features])(images), dense(images.flatten(1)))


def test_a_trial_leaves_the_statistics_of_a_network_unchanged() -> None:
    net = nn.Sequential(nn.Flatten(), nn.Linear(36, 3), nn.BatchNorm1d(3))
    before = weights_digest(net)
    assert network(IMAGES, net).model is net
    assert weights_digest(net) == before
    assert net[2].training


def test_networks_get_the_mask() -> None:
    x, mask = torch.rand(2, 4, 2), torch.arange(4) < torch.tensor([[4], [2]])
    net = network(STEPS, last_step)
    padded = x * mask[..., None]
    assert torch.equal(net(padded, mask)[1], net(padded[1:, :2], mask[1:, :2])[0])


def test_a_network_of_the_zoo_keeps_its_weights() -> None:
    torch.manual_seed(5)
    mlp = MLP(in_features=36, out_features=3, hidden=[4])
    before = weights_digest(mlp)
    assert network(IMAGES, mlp).model is mlp
    assert weights_digest(mlp) == before
    with pytest.raises(UserError, match="init=he has no effect: the network from Python keeps its weights"):
        network(IMAGES, mlp, "init=he")


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (
            nn.Linear(5, 3),
            r"model 'Linear' fails for an input of shape \[2, 1, 6, 6\]: .*; nor .* flattened",
        ),
        (nn.Sequential(nn.Linear(36, 2)), r"flattened inputs: .* returns a tensor \[2, 2\]; the data needs \[2, 3\]"),
        (
            nn.Linear(36, 3).double(),
            r"; it has weights in float64: call its float\(\); trainer.precision=64-true trains",
        ),
        (lambda: 3, "model 'lambda' returns a int; it must return a torch.nn.Module"),
        (lambda in_features: 1 / 0, "lambda.*division by zero"),
        (lambda width: nn.Linear(3, 3), "missing 1 required positional argument: 'width'"),
    ],
)
def test_networks_that_do_not_fit(found: Any, message: str) -> None:
    with pytest.raises(UserError, match=message):
        network(IMAGES, found)


CONFIG = {
    "model": {"_target_": "from_python.TopNet"},
    "loss": {"_target_": f"{TopNet.__module__}.top_loss"},
    "optimizer": {"_target_": "torch.optim.Adam"},
    "metrics": {"f1": {"_target_": "from_python.lambda"}},
    "callbacks": {
        "last": {"_target_": "nnzoo.callbacks.last.LastCheckpoint"},
        "Count": {"_target_": "from_python.Count"},
    },
}


def test_what_a_run_needs_again() -> None:
    assert list(needed_again(CONFIG)) == ["model", "metrics.f1", "callbacks.Count"]
    assert list(needed_again(CONFIG, ("model", "loss"))) == ["model"]
    call = r"nnzoo.resume\('run', model=TopNet, metrics=\{'f1': <lambda>\}, callbacks=\[Count\]\)$"
    with pytest.raises(UserError, match=call):
        passed_again(CONFIG, {"model": TopNet}, "nnzoo.resume('run'", ("model", "metrics", "callbacks"))
    given, packages = passed_again(CONFIG, {"model": TopNet, "loss": top_loss}, "", ("model", "loss"))
    assert given == Given({"model": TopNet, "loss": top_loss})
    assert packages == [ROOT]  # the loss has an import path


def test_runs_with_objects_are_trained_alone() -> None:
    config = plain(compose(["model=mlp", "data=iris"]))
    assert why_alone(config) is None
    assert why_alone(config | {"loss": {"_target_": "from_python.lambda"}}) == "loss is an object from Python"


@pytest.mark.parametrize(
    ("objects", "message"),
    [
        ({"model": nn.Linear(3, 3)}, "model of the run is TopNet, not Linear; pass the same again"),
        (
            {"model": TopNet, "scheduler": torch.optim.lr_scheduler.StepLR},
            "the run has no scheduler StepLR; leave it out",
        ),
        ({"model": TopNet, "metrics": {"g": top_loss}}, "the run has no metrics.g top_loss; leave it out"),
        ({"model": TopNet, "loss": 3.5}, "loss is 3.5"),
        (
            {"model": TopNet, "optimizer": torch.optim.Adam([torch.zeros(1)])},
            "optimizer is an object of the class Adam",
        ),
        ({"model": "mlp"}, "model is 'mlp'"),
    ],
)
def test_other_objects_are_refused(objects: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        passed_again(CONFIG, objects, "", ("model",))


SGD = torch.optim.SGD([torch.zeros(1)], lr=1)


@pytest.mark.parametrize(
    ("path", "found", "message"),
    [
        ("model", TopNet, None),
        ("model", partial(TopNet, width=3), None),
        ("model", nn.Linear(1, 1), None),
        ("model", last_step, None),
        (
            "model",
            dict,
            "^model is the class dict; it takes a torch.nn.Module, its class, or a function that builds",
        ),
        ("model", partial(dict), "^model is functools.*; it takes a torch.nn.Module, its class, or a function"),
        ("model", object(), "^model is <object obj.*>; it takes a torch.nn.Module"),
        ("loss", top_loss, None),
        ("loss", nn.MSELoss, None),
        ("loss", dict, r"^loss is the class dict; it takes a torch.nn.Module, or a function .output, target. -> mean"),
        ("metrics.f1", MulticlassF1Score(num_classes=3), None),
        ("metrics.f1", top_loss, None),
        ("metrics.f1", nn.Linear, r"^metrics.f1 is the class Linear; it takes a torchmetrics.Metric, or a function "),
        ("optimizer", torch.optim.SGD, None),
        ("optimizer", partial(torch.optim.SGD, lr=1), None),
        ("optimizer", lambda parameters: SGD, None),
        (
            "optimizer",
            nn.Linear,
            "^optimizer is the class Linear; it takes a class of torch.optim, functools",
        ),
        (
            "optimizer",
            SGD,
            "^optimizer is an object of the class SGD, which belongs to other weights; pass the class or "
            r"functools.partial.SGD, \.\.\..$",
        ),
        ("scheduler", torch.optim.lr_scheduler.StepLR, None),
        ("scheduler", torch.optim.SGD, "^scheduler is the class SGD; it takes a class of torch.optim.lr_scheduler, "),
        ("scheduler", torch.optim.lr_scheduler.StepLR(SGD, 1), "^scheduler is an object of the class StepLR, which "),
        ("callbacks.x", Count(), None),
        (
            "callbacks.x",
            Count,
            r"^callbacks.x is the class Count, not an instance .*; pass an instance, Count",
        ),
        ("callbacks.x", last_step, r"^callbacks.x is <function .*>, not an instance of pytorch_lightning.Callback$"),
    ],
)
def test_kinds_of_objects(path: str, found: Any, message: str | None) -> None:
    if message is None:
        check_kind(path, found)
        return
    with pytest.raises(UserError, match=message):
        check_kind(path, found)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"metrics": {"a b": top_loss}}, "^metrics has the name 'a b'; names are letters, digits and underscores$"),
        ({"metrics": top_loss}, r"^metrics is <function .*; it takes a mapping from names, metrics={'f1': metric}$"),
        ({"metrics": [top_loss]}, r"^metrics is \[<function .*; it takes a mapping from names, "),
        ({"callbacks": Count()}, r"^callbacks is .*; it takes a mapping from names, callbacks=\[callback\]$"),
    ],
)
def test_metrics_and_callbacks_have_names(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        split_objects(settings)


def test_names_of_several_callbacks() -> None:
    class Count2(Callback):
        pass

    _, objects = split_objects({"callbacks": (Count(), Count2(), Count(), Count())})
    assert len(objects) == 4
    assert [type(each) for each in objects.values()] == [Count, Count2, Count, Count]
    _, objects = split_objects({"callbacks": {"mine": Count(), "best": None}})
    assert list(objects) == ["callbacks.mine"]


def test_arguments_that_pass_objects() -> None:
    names = {"model": "Net", "metrics.a": "f", "metrics.b": "lambda", "callbacks.x": "Count", "callbacks.y": "Stop"}
    assert join_objects(names) == "model=Net, metrics={'a': f, 'b': <lambda>}, callbacks=[Count, Stop]"
    assert join_objects({"model": "lambda"}) == "model=<lambda>"
    assert join_objects({}) == ""


def test_classes_of_partial_objects_are_passed_again() -> None:
    loss = {"loss": {"_target_": f"{TopNet.__module__}.top_loss"}, "optimizer": {"_target_": "torch.optim.adam.Adam"}}
    given, packages = passed_again(
        loss, {"loss": partial(top_loss), "optimizer": partial(torch.optim.Adam, lr=1)}, "", ()
    )
    assert given.objects == {"loss": top_loss, "optimizer": torch.optim.Adam}
    assert packages == [ROOT]
