"""Prediction of counts."""

from typing import ClassVar

from .reconstruction import Reconstruction


class Counts(Reconstruction):
    """Predict a row of counts, with loss=multinomial as shares.

    Metrics: loss, mse, rmse, mae, and r2 (the share of explained variance, over all counts together).
    """

    targets: ClassVar[tuple[str, ...]] = ("counts",)
    default_loss = "nnzoo.losses.multinomial.Multinomial"
