"""Whitening of inputs. Shapes: B examples, each of *shape with D numbers; K components."""

import warnings
from typing import Literal

import torch
from torch import Tensor

from ..errors import DataWarning, unknown
from ..spec import DataSpec
from .base import FittedTransform, Inputs, unbounded

VARIANTS = ("pca", "zca")
MAX_FEATURES = 4096  # the covariance matrix has 2^24 numbers, and its eigendecomposition takes a minute
ZERO_VARIANCE = 1e-12  # relative to the largest variance; smaller variances are rounding errors of float32


class Whiten(FittedTransform):
    """Transform inputs to uncorrelated components of variance 1 over the training split. Aggarwal 3.3.2.

    z = Lambda^(-1/2) P^T (x - mean), with the K largest eigenvalues Lambda of the covariance matrix and their
    eigenvectors P; with variant=zca, P z, which has the shape of x and is the whitened vector closest to it.
    n_components: K, null for the number of features or, if it is smaller, of training rows; epsilon: added to each
    eigenvalue. Raises ValueError for values out of range, UserError for an unknown variant.
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
        """Raise ValueError if the transform does not support these inputs."""
        super().check(spec)
        features = torch.Size(spec.shape).numel()
        if features > MAX_FEATURES:
            raise ValueError(f"takes up to {MAX_FEATURES} features; the data gives {spec}, which are {features}")
        if self.n_components is not None and self.n_components > features:
            raise ValueError(f"has n_components={self.n_components}; the data gives {features} features")

    def fit(self, inputs: Inputs) -> None:
        """Set the mean (*shape), the directions (D, K) and the scale (K,), the square root of the variance.

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
        variance, directions = torch.linalg.eigh(scatter / (rows - 1))  # in ascending order
        count = self.n_components or min(rows, len(variance))
        variance, directions = variance.clamp_min(0).flip(0)[:count], directions.flip(1)[:, :count]
        rank = int((variance > ZERO_VARIANCE * variance[0]).sum())
        if not self.epsilon and rank < count:
            raise ValueError(
                f"has no variance to scale in {count - rank} of {count} directions; "
                f"set {f'n_components={rank}, or ' if rank else ''}epsilon above 0"
            )
        if rows <= len(scatter) and count >= rows:
            warnings.warn(
                f"transforms=whiten: {rows} training rows for {len(scatter)} features: other data vary in directions "
                f"without variance here and become very large; set n_components below {rows}, or a larger epsilon",
                DataWarning,
                stacklevel=2,
            )
        largest = directions.gather(0, directions.abs().argmax(0, keepdim=True))
        directions = directions * largest.sign()  # eigenvectors are only defined up to sign
        scale = (variance + self.epsilon).sqrt()
        self.state = {"mean": mean.float(), "directions": directions.float(), "scale": scale.float()}

    def output_spec(self, spec: DataSpec) -> DataSpec:
        """Return the spec with real inputs without bounds, of shape (K,) or the shape of the inputs."""
        return unbounded(spec, None if self.variant == "zca" else (len(self.state["scale"]),))

    def apply(self, x: Tensor) -> Tensor:
        """Return whitened inputs: (B, K), or (B, *shape)."""
        state = self.state_like(x)
        z = (x - state["mean"]).flatten(1) @ state["directions"] / state["scale"]
        return z if self.variant == "pca" else (z @ state["directions"].T).view_as(x)

    def inverse(self, x: Tensor) -> Tensor:
        """Return whitened inputs in their original units, projected onto the K directions: (B, *shape)."""
        state = self.state_like(x)
        z = x if self.variant == "pca" else x.flatten(1) @ state["directions"]
        return (z * state["scale"] @ state["directions"].T).view(-1, *state["mean"].shape) + state["mean"]
