"""Mistaken commands that train networks for images: one line with the setting, exit code 2, and nothing left behind."""

import numpy as np
import pytest
from nnzoo import api, predict
from nnzoo.errors import UserError

from .test_mistakes import refusal

DIGITS = ("data=digits", "data.size=8")
MISTAKES = [
    (["model=vgg_d", *DIGITS], "images of 8x8 are too small: max-pooling 2x2 (layer 23) gets 1x1 maps; the least size"),
    (["model=alexnet_small", *DIGITS], "AlexNet: images of 8x8 are too small: max-pooling 3x3 (layer 14)"),
    (["model=conv_pattern", *DIGITS, "model.pattern=CRXF"], "'CRXF' has an unknown letter 'X' in place 3; it takes C"),
    (["model=conv_pattern", *DIGITS, "model.pattern=CRP"], "pattern 'CRP' must end with F, the outputs"),
    (
        ["model=conv_pattern", *DIGITS, "model.stride=2", "model.padding=valid", "model.rounding=exact"],
        "stride 2 does not fit, (8 - 3) / 2 is not whole",
    ),
    (
        ["model=conv_pattern", *DIGITS, "model.kernel=4"],
        "half padding keeps the size for odd kernels only; kernel is 4",
    ),
    (["model=alexnet_small", "data=digits", "model.groups=5"], "groups=5 does not divide 32 and 64, the maps of conv"),
    (["model=resnext29", *DIGITS, "model.block.groups=7"], "groups=7 does not divide"),
    (["model=resnet20", *DIGITS, "model.block.shortcut=none"], "block.shortcut"),
    (
        ["model=resnet20", *DIGITS, "model.blocks=[1,1]"],
        "blocks has 2 and channels 3 entries; each takes one per stage",
    ),
    (["model=densenet40", *DIGITS, "model.compression=2.0"], "compression is 2.0; it must be above 0 and at most 1"),
    (["model=vgg_small", "data=digits", "model.dropout=1.0"], "VGG: dropout is 1.0; it must be at least 0 and below 1"),
    (["model=all_conv", "data=digits", "model.dropout_input=-0.1"], "dropout_input is -0.1; it must be at least 0 and"),
    (
        ["model=vgg_small", "data=digits", "model.dense_units=[]", "model.dropout=0.2"],
        "model.dropout=0.2 has no effect",
    ),
    (["model=fractalnet", *DIGITS, "model.columns=1", "model.drop=0.2"], "model.drop=0.2 has no effect with model.col"),
    (
        ["model=conv_pattern", *DIGITS, "model.hidden=32"],
        "model.hidden=32 has no effect with model.pattern=CRCRPCRCRPF",
    ),
    (["model=conv_pattern", *DIGITS, "model.pattern=CRF", "model.pool=3"], "model.pool=3 has no effect with model.pat"),
    (
        ["model=conv_recurrent", *DIGITS],
        "the images have 1 channel; the channels are the frames of a video, at least 2",
    ),
    (["model=fcn", *DIGITS], "model 'fcn' takes class_map; the target of the data is classes; use"),
    (["model=resnet20", "data=shapes", "data.target=mask"], "is class_map; use data.target=class, or model=fcn"),
]


@pytest.mark.parametrize(("args", "reason"), MISTAKES, ids=lambda value: str(value)[:60])
def test_mistakes(tmp_path, monkeypatch, capsys, args, reason):
    monkeypatch.chdir(tmp_path)
    assert reason in refusal([*args, "trainer.accelerator=cpu"], tmp_path, capsys)


def test_grey_images_for_a_network_of_colours(tmp_path, monkeypatch):
    """The number of channels comes from the data, so the wrong images are those of a later prediction."""
    monkeypatch.chdir(tmp_path)
    x, y = np.random.default_rng(0).random((30, 3, 8, 8), np.float32), np.arange(30) % 2
    quick = {"model": "random_conv", "trainer.max_epochs": 1, "trainer.accelerator": "cpu"}
    run = api.train(data=(x, y), **quick).directory
    with pytest.raises(
        UserError, match=r"images of 8x8 pixels with 3 channels, not images of 8x8 pixels with 1 channel$"
    ):
        predict(run, x[:, :1])
