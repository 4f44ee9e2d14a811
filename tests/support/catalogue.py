"""What the catalogue's networks and data sets need."""

from functools import cache
from typing import Any

from nnzoo import api
from nnzoo.config.catalogue import cards
from nnzoo.config.compose import compose
from nnzoo.config.target_kinds import data_overrides

NEEDS_FILE = (
    "array",
    "image_folder",
    "cifar10_jpeg",
    "series",
    "airline",
    "tiny_shakespeare",
    "conll2000",
    "cora",
    "graph",
    "sentence_polarity",
    "ionosphere",
    "movielens",
    "ratings",
    "reuters",
    "word_counts",
    "brown",
)

OF_CLASS: dict[str, dict[str, Any]] = {
    "VGG": {"layers": "C3D4 M C3D6 M", "dense_units": [8]},
    "AlexNet": {
        "channels": [4] * 5,
        "kernels": [5, 3, 3, 3, 3],
        "strides": [1] * 5,
        "padding": [2, 1, 1, 1, 1],
        "dense_units": [8],
    },
    "NetworkInNetwork": {"channels": [[8, 8, 8], [8, 8, 8], [8, 8]]},
    "GoogLeNet": {"modules": [[[8] * 6], [[8] * 6]]},
    "ResNet": {"blocks": [1, 1], "channels": [16, 16], "stem_channels": 16},
    "DenseNet": {"growth": 4, "blocks": [2, 2], "stem_channels": 8},
    "FractalNet": {"channels": [4, 6], "columns": 2, "drop": 0.0, "global_share": 0.0},
    "AllConvNet": {"channels": [[8, 8], [8, 8]], "last": [8, 8]},
    "RandomConvNet": {"channels": [8]},
    "PatchFeatureNet": {"centroids": 8},
    "VideoConvNet": {"channels": [4, 6]},
    "ConvRecurrentNet": {"channels": [4, 6]},
    "SideHeadNet": {
        "network": {
            "_target_": "nnzoo.models.convolutional.googlenet.GoogLeNet",
            "_partial_": True,
            "modules": [[[8] * 6], [[8] * 6]],
        },
        "after": [1],
        "side_units": 8,
    },
    "Localizer": {"box_units": [6]},
    "FullyConvolutionalNet": {"channels": [4, 6], "skips": 1},
}
OF_NAME: dict[str, dict[str, Any]] = {
    **{name: {"hidden": 20} for name in ("esn", "esn_rnn")},  # scaling them takes long
    "pmi_svd": {"rank": 3},  # few ids have no more components
    "vgg_a_lrn": {"layers": "C3D4 LRN M C3D6 M"},
    "stochastic_depth110": {"survival": 0.99},  # a branch that is left out gets no gradient
}


@cache
def small_settings(model: str) -> dict[str, Any]:
    """Return settings with which a network takes small images and its tests are fast; names can then be equal."""
    network = cards()[model].target.rpartition(".")[2]
    return OF_CLASS.get(network, {}) | OF_NAME.get(model, {})


@cache
def config_of(model: str) -> dict[str, Any]:
    """Return the config of a network, with the head, task, loss or rule that its file chooses."""
    return api.plain(compose([f"model={model}", *data_overrides(cards()[model].targets)]))
