"""Uncorrelated features of variance 1. Shapes: B examples, each of *shape with D numbers; K components."""

from typing import Literal

import torch
from torch import Tensor

from ..errors import unknown
from ..spec import DataSpec
from .base import FittedTransform, Inputs, unbounded

VARIANTS = ("pca", "zca")
MOST = 4096  # features: their covariance matrix has 2^24 numbers, and its eigenvectors take a minute
NOTHING = 1e-12  # of the largest variance: what rounding leaves of a direction without any in float32


class Whiten(FittedTransform):
    """Rotate inputs to the principal components of the training split and scale each to variance 1. Aggarwal 3.3.2.

    z = Lambda^(-1/2) P^T (x - mean), with the K largest eigenvalues Lambda of the covariance matrix and their
    eigenvectors P; with variant=zca, P z, which is nearest to x and of its shape.
    n_components: K, None for as many as there are features or, if fewer, training rows; epsilon: is added to each
    eigenvalue. Raises ValueError for values out of range, UserError for another word.
    """

    takes = ("vector", "image")

    def __init__(
        self, *, n_components: int | None = None, epsilon: float = 1e-5, variant: Literal["pca", "zca"] = "pca"
    ) -> None:
        super().__init__()
        if n_components is not None and n_components < 1:
            raise ValueError(f"n_components is {n_components}; it must be at least 1, or null for all")
        if not 0 <= epsilon < float("inf"):
            raise ValueError(f"epsilon is {epsilon}; it must be at least 0 and finite")
        if variant not in VARIANTS:
            raise unknown("variant", variant, VARIANTS)
        self.n_components = n_components
        self.epsilon = epsilon
        self.variant = variant

    def check(self, spec: DataSpec) -> None:
        """Raise ValueError if it is not for inputs like these."""
        super().check(spec)
        features = torch.Size(spec.shape).numel()
        if features > MOST:
            raise ValueError(f"takes up to {MOST} features; the data gives {spec}, which are {features}")
        if self.n_components is not None and self.n_components > features:
            raise ValueError(f"has n_components={self.n_components}; the data gives {features} features")

    def fit(self, inputs: Inputs) -> None:
        """Set mean (*shape), directions (D, K) and scale (K,), the root of the variance, in two passes.

        Raises ValueError for more components than rows, and for directions without variance if epsilon is 0.
        """
        rows, total = 0, torch.zeros(())
        for x in inputs():
            rows, total = rows + len(x), total + x.double().sum(0)
        mean = total / rows
        if rows < 2 or (self.n_components or 1) > rows:
            raise ValueError(f"has n_components={self.n_components}; there are {rows} training rows")
        scatter = torch.zeros(())
        for x in inputs():
            centered = (x.double() - mean).flatten(1)
            scatter = scatter + centered.T @ centered
        variance, directions = torch.linalg.eigh(scatter / (rows - 1))  # rising
        count = self.n_components or min(rows, len(variance))
        variance, directions = variance.clamp_min(0).flip(0)[:count], directions.flip(1)[:, :count]
        there = int((variance > NOTHING * variance[0]).sum())
        if not self.epsilon and there < count:
            raise ValueError(
                f"has no variance to scale in {count - there} of {count} directions; "
                f"take {f'n_components={there}, or ' if there else ''}epsilon above 0"
            )
        largest = directions.gather(0, directions.abs().argmax(0, keepdim=True))
        directions = directions * largest.sign()  # else of either sign
        scale = (variance + self.epsilon).sqrt()
        self.state = {"mean": mean.float(), "directions": directions.float(), "scale": scale.float()}

    def changed(self, spec: DataSpec) -> DataSpec:
        """Return the spec of real numbers without bounds: K in a row, or in the shape of the inputs."""
        return unbounded(spec, None if self.variant == "zca" else (len(self.state["scale"]),))

    def apply(self, x: Tensor) -> Tensor:
        """Return whitened inputs: (B, K), or (B, *shape)."""
        state = self.like(x)
        z = (x - state["mean"]).flatten(1) @ state["directions"] / state["scale"]
        return z if self.variant == "pca" else (z @ state["directions"].T).view_as(x)

    def inverse(self, x: Tensor) -> Tensor:
        """Return inputs in their own units, as far as K directions hold them: (B, *shape)."""
        state = self.like(x)
        z = x if self.variant == "pca" else x.flatten(1) @ state["directions"]
        return (z * state["scale"] @ state["directions"].T).view(-1, *state["mean"].shape) + state["mean"]
