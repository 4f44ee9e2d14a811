"""Regression with a network, as an estimator of scikit-learn.

Shapes: N examples, F features, D real targets.
"""

from typing import Any, Self

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils import Tags

from .base import NetworkEstimator
from .errors import value_errors


class NNZooRegressor(RegressorMixin, NetworkEstimator):
    """Regression with a network of the zoo, for one or several real targets: (N,) or (N, D).

    For the parameters see `NetworkEstimator`. The target is standardized for the loss, unless
    settings={"data.standardize_target": False}; predictions are in the units of y.

    Attributes after fit: `n_features_in_`, `feature_names_in_` (of frames), `network_` (what `nnzoo.load` returns),
    `history_` (the metrics of each epoch, a frame), `run_` (directory of the run, or None).
    Errors are ValueError with a message of one line.
    """

    def __sklearn_tags__(self) -> Tags:
        """Return the tags of scikit-learn."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def fit(self, X: Any, y: Any) -> Self:
        """Train the network from its initial weights on examples (N, F) or pictures, and their targets."""
        with value_errors():
            x, y = self._checked(X, y)
            return self._fit((x, np.asarray(y, dtype=np.float64)), ("real",), {"data.task": "regression"})

    def predict(self, X: Any) -> "np.ndarray[Any, Any]":
        """Return the predictions (N,) or (N, D)."""
        return self._predict(X)["prediction"]
