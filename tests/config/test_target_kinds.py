"""Networks and losses that do not take the target of images are refused from the config alone."""

import pytest
from nnzoo.api import plain
from nnzoo.builders.data import build_data
from nnzoo.config.compose import compose
from nnzoo.config.files import options
from nnzoo.config.target_kinds import DATA_FOR_TARGET, kinds_by_target, losses
from nnzoo.errors import UserError

from tests.support.catalogue import NEEDS_FILE

BOXES = ("data=shapes", "data.target=class_box")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            ["model=localizer", *BOXES, "loss=cross_entropy"],
            "loss 'cross_entropy' takes classes or next_token or sequence or context or class_map; the target of the "
            "data is class_box; use loss=localization",
        ),
        (
            ["model=localizer", *BOXES, "loss=squared"],
            "loss 'squared' takes real or input; the target of the data is class_box; use data=stairs, or "
            "loss=localization",
        ),
        (
            ["model=localizer", "data=mnist"],
            "model 'localizer' takes class_box; the target of the data is classes; use data=shapes "
            "data.target=class_box, or one of alexnet, alexnet_grouped, alexnet_small ...",
        ),
        (
            ["model=localizer", "data=shapes"],
            "model 'localizer' takes class_box; the target of the data is classes; use data.target=class_box, or "
            "one of alexnet, alexnet_grouped, alexnet_small ...",
        ),
        (
            ["model=resnet20", *BOXES],
            "model 'resnet20' takes classes or real or multilabel; the target of the data is class_box; use "
            "data.target=class, or model=localizer",
        ),
        (
            ["model=mlp", "data=digits", "loss=nnzoo.losses.Huber"],
            "loss 'Huber' takes real or input; the target of the data is classes; use data=stairs, or one of ",
        ),
    ],
)
def test_the_message_names_what_to_set(given: list[str], message: str) -> None:
    with pytest.raises(UserError) as caught:
        compose(given)
    assert message in str(caught.value)


def test_every_alternative_in_a_message_is_accepted() -> None:
    compose(["model=localizer", *BOXES, "loss=localization"])
    compose(["model=resnet20", "data=shapes", "data.target=class"])
    assert losses("class_box") == ["localization"]
    for target, data in DATA_FOR_TARGET.items():
        network = {"class_map": "fcn", "class_box": "localizer"}.get(target, "mlp")
        compose([f"model={network}", *f"data={data}".split()])


@pytest.mark.parametrize(
    "given",
    [
        ["model=autoencoder", "data=mnist"],  # the head makes the input the target
        ["model=localizer", "data=shapes", "data.target=class_box", "loss=torch.nn.MSELoss"],  # without `targets`
        ["model=rnn", "data=mnist"],
        ["model=localizer", "data=image_folder", "data.path=folder"],  # the target depends on what is read
    ],
)
def test_what_the_config_alone_does_not_tell_is_not_refused(given: list[str]) -> None:
    compose(given)


def test_the_kind_of_target_is_that_of_the_data() -> None:
    known = 0
    for name in options("data"):
        if name in NEEDS_FILE:
            continue
        config = plain(compose(["model=mlp", f"data={name}"]))
        for target, kind in kinds_by_target(config["data"]["_target_"]).items():
            setting = {"target": target} if target else {}
            assert build_data(config | {"data": config["data"] | setting}).spec.target == kind
            known += 1
    assert known == 14
