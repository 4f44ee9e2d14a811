"""Codes of a network, as an estimator of scikit-learn.

Shapes: N examples, F features, K numbers of a code.
"""

from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_array, check_is_fitted

from .base import NetworkEstimator
from .errors import value_errors
from .inputs import check_inputs, has_named_columns


class NNZooTransformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, NetworkEstimator):
    """The codes of an autoencoder or another network that learns without a target.

    model: the name of such a network, or a network from Python; for the other parameters see `NetworkEstimator`.

    Attributes after fit: `n_features_in_`, `feature_names_in_` (of frames), `network_` (what `nnzoo.load` returns),
    `history_` (the metrics of each epoch, a frame), `run_` (directory of the run, or None).
    Errors are ValueError with a message of one line.
    """

    def __init__(
        self,
        model: Any = "autoencoder",
        *,
        max_epochs: int | None = None,
        validation_fraction: float = 0.0,
        settings: dict[str, Any] | None = None,
        random_state: "int | np.random.RandomState | None" = None,
        directory: str | Path | None = None,
    ) -> None:
        super().__init__(
            model,
            max_epochs=max_epochs,
            validation_fraction=validation_fraction,
            settings=settings,
            random_state=random_state,
            directory=directory,
        )

    def __sklearn_tags__(self) -> Tags:
        """Return the tags of scikit-learn."""
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []  # codes are float32
        return tags

    def fit(self, X: Any, y: Any = None) -> Self:
        """Train the network from its initial weights on examples (N, F) or pictures; y is ignored."""
        with value_errors():
            x = check_inputs(self, X, reset=True, allow_missing=self._fills_missing)
            table = not has_named_columns(x) and x.ndim == 2
            self._fit(pd.DataFrame(x) if table else x, ("input", "none"), {"data.target": []})
            self._n_features_out = self.network_.code_shape[0]
            return self

    def transform(self, X: Any) -> "np.ndarray[Any, Any]":
        """Return the codes of examples: (N, K)."""
        check_is_fitted(self)
        with value_errors():
            return self.network_.transform(check_inputs(self, X, reset=False, allow_missing=self._fills_missing))

    def inverse_transform(self, X: Any) -> "np.ndarray[Any, Any]":
        """Return the reconstructions of codes (N, K) in the units and the shape of the examples."""
        check_is_fitted(self)
        with value_errors():
            return self.network_.inverse_transform(check_array(X))
