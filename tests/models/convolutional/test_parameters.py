"""Numbers of parameters of the published networks, on the meta device."""

import pytest
import torch
from nnzoo.builders.losses import build_loss
from nnzoo.builders.networks import build_network
from nnzoo.config.instantiate import instantiate
from nnzoo.spec import DataSpec

from tests.support.catalogue import config_of

IMAGENET = {
    "alexnet": 62_378_344,  # Aggarwal table 8.1, and without groups
    "alexnet_grouped": 60_965_224,
    "zfnet": 107_627_624,
    "vgg_a": 132_863_336,
    "vgg_a_lrn": 132_863_336,
    "vgg_b": 133_047_848,
    "vgg_c": 133_638_952,
    "vgg_d": 138_357_544,
    "vgg_e": 143_667_240,
    "googlenet": 6_998_552,
    "resnet18": 11_689_512,
    "resnet34": 21_797_672,
    "resnet50": 25_557_032,
    "resnet101": 44_549_160,
    "resnet152": 60_192_808,
    "wide_resnet50": 68_883_240,  # these as in torchvision
    "wide_resnet101": 126_886_696,
    "resnext50": 25_028_904,
    "resnext101": 88_791_336,
    "densenet121": 7_978_856,
    "densenet161": 28_681_000,
    "densenet169": 14_149_480,
    "densenet201": 20_013_928,
}
CIFAR = {
    "resnet20": 269_722,  # He et al. 2016a, table 6: 0.27, 0.46, 0.66, 0.85 and 1.7 million
    "resnet32": 464_154,
    "resnet44": 658_586,
    "resnet56": 853_018,
    "resnet110": 1_727_962,
    "stochastic_depth110": 1_727_962,
    "preactivation_resnet164": 1_703_258,  # counted by hand; He et al. 2016b: 1.7 million
    "wide_resnet28": 36_479_194,  # Zagoruyko and Komodakis 2016, table 1: 36.5 million
    "resnext29": 34_426_698,  # Xie et al. 2017, table 7: 34.4 million
    "densenet40": 1_019_722,  # Huang et al. 2017, table 2: 1.0 and 0.8 million
    "densenet_bc100": 769_162,
    "all_conv": 1_369_738,  # Springenberg et al. 2015, table 3: 1.3 to 1.4 million
    "network_in_network": 966_986,
}


def parameters(name, in_shape, out_features):
    with torch.device("meta"):
        net = instantiate(config_of(name)["model"], in_shape=in_shape, out_features=out_features)
    return sum(weight.numel() for weight in net.parameters())


@pytest.mark.parametrize(("name", "expected"), IMAGENET.items())
def test_for_imagenet(name, expected):
    assert parameters(name, (3, 224, 224), 1000) == expected


@pytest.mark.parametrize(("name", "expected"), CIFAR.items())
def test_for_small_images(name, expected):
    assert parameters(name, (3, 32, 32), 10) == expected


def test_sizes_come_from_the_data():
    config, spec = config_of("vgg_small"), DataSpec("real", (3, 24, 16), "classes", 7, low=0.0, high=1.0)
    with torch.device("meta"):
        net = build_network(config, spec, build_loss(config, spec))
    assert net.head.out_features == 7
    assert net.model.layers[-4].in_features == 128 * 3 * 2
