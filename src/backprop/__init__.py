"""Backpropagation without automatic differentiation: modules, graphs of units, sums over paths, gradient checks."""

from .gradient_check import CheckedEntry, check, ratio
from .losses import NLL, NLLM, Hinge, Loss, Squared
from .modules import HardTanh, Identity, Linear, Maximum, Module, ReLU, Sigmoid, SoftMax, Tanh
from .paths import accumulate, path_sum, paths
from .sequential import Sequential
from .units import Units

__all__ = [
    "NLL",
    "NLLM",
    "CheckedEntry",
    "HardTanh",
    "Hinge",
    "Identity",
    "Linear",
    "Loss",
    "Maximum",
    "Module",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "SoftMax",
    "Squared",
    "Tanh",
    "Units",
    "accumulate",
    "check",
    "path_sum",
    "paths",
    "ratio",
]
