"""Convolutional networks as anybody would write them: the modules of the plain loops."""

import torch
from torch import nn
from torchvision.models.resnet import BasicBlock


class Padded(nn.Module):
    """Every second pixel, followed by as many maps of zeros."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.pad(x[..., ::2, ::2], (0, 0, 0, 0, 0, x.shape[1]))


def resnet20() -> nn.Module:
    """Return ResNet-20 of torchvision's blocks, for grey images and ten classes."""
    layers: list[nn.Module] = [nn.Conv2d(1, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    maps = 16
    for more in (16, 32, 64):
        for _ in range(3):
            halved = more > maps
            layers.append(BasicBlock(maps, more, 2 if halved else 1, Padded() if halved else None))
            maps = more
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def vgg() -> nn.Module:
    """Return a network like VGG with six convolutions, for grey images of 28x28 pixels and ten classes."""
    layers: list[nn.Module] = []
    maps = 1
    for more in (32, 64, 128):
        for _ in range(2):
            layers += [nn.Conv2d(maps, more, 3, padding=1), nn.ReLU()]
            maps = more
        layers.append(nn.MaxPool2d(2))
    dense = [nn.Linear(128 * 9, 256), nn.ReLU(), nn.Dropout(0.5), nn.Linear(256, 10)]
    return nn.Sequential(*layers, nn.Flatten(), *dense)


def lenet5() -> nn.Module:
    """Return LeNet-5 with ReLU and max-pooling, for grey images of 28x28 pixels and ten classes."""
    layers: list[nn.Module] = []
    for maps, more in ((1, 6), (6, 16)):
        layers += [nn.Conv2d(maps, more, 5), nn.ReLU(), nn.MaxPool2d(2)]
    dense = [nn.Linear(256, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)]
    return nn.Sequential(*layers, nn.Flatten(), *dense)
